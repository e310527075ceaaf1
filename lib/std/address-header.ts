/** Where the web server writes the address of a request's client, over whatever a client has sent under this name. */
export const ADDRESS_HEADER = "x-offshoot-address";
