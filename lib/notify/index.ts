/**
 * Messages to the outside: written in the transaction of what they tell of, sent until they were taken or given up.
 *
 *   queueMessage(tx, { projectId, event, data, path, mail?, nowMs })     to each webhook that wants the event, and by e-mail
 *   queueTest(tx, { webhook, nowMs })                                    to one webhook
 *   replaceWebhooks(tx, sealKey, { projectId, wanted, by, nowMs })       new ones have a secret, known this once
 *   listWebhooks(db, projectId) · listDeliveries(db, projectId)
 *   findMailAddresses(tx, projectId, name?)                              whom to write to
 *   startSender({ db, sealKey, mail, consoleUrl, clock, log }): { stop() }
 */
export { listDeliveries } from "./list-deliveries";
export { findMailAddresses } from "./mail-addresses";
export { type MailText, type NewMessage, queueMessage, queueTest } from "./queue-message";
export { type Sender, type SenderOptions, startSender } from "./sender";
export { listWebhooks, replaceWebhooks, type WantedWebhook } from "./webhooks";
