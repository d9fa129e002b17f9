/** Node's WebSocket as a page has it: says where its page came from. Import it before what extends WebSocket. */

const Native = globalThis.WebSocket
let opened = 0

globalThis.WebSocket = class extends Native {
  constructor(url: string | URL) {
    opened += 1
    const headers = {
      origin: new URL(url).origin.replace(/^ws/, 'http'),
      // What a load balancer adds: people come from everywhere, not all from one address with its limits.
      'x-forwarded-for': `10.${(opened >> 16) & 255}.${(opened >> 8) & 255}.${opened & 255}`,
    }
    // Node takes options where browsers take protocols, which the DOM's types don't know.
    super(url, { headers } as unknown as string[])
  }
}
