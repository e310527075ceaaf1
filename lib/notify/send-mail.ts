import { createTransport } from "nodemailer";

/** How mail leaves the installation. */
export interface MailSettings {
  /** `smtp://user:password@host:587`; smtps for TLS from the first byte. */
  readonly url: string;
  readonly from: string;
}

export interface Mail {
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

export interface MailTransport {
  send(mail: Mail): Promise<void>;
}

const TIMEOUT_MS = 10_000;

/** Where mail is given to; a connection for each, so that nothing is kept open for the few that there are. */
export function openMail({ url, from }: MailSettings): MailTransport {
  const { protocol, hostname, port, username, password } = new URL(url);
  const secure = protocol === "smtps:";
  const transport = createTransport({
    host: hostname.replace(/^\[|\]$/g, ""),
    port: port ? Number(port) : secure ? 465 : 587,
    secure,
    ...(username && { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    // A password never goes over a connection that is not encrypted.
    requireTLS: !secure && username !== "",
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send({ id, to, subject, text }) {
      const headers = { "Auto-Submitted": "auto-generated" };
      // The address as an object: text would be parsed as a list.
      await transport.sendMail({
        from,
        to: { name: "", address: to },
        subject,
        text,
        headers,
        messageId: `<${id}@offshoot>`,
      });
    },
  };
}
