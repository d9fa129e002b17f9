/** WebDriver BiDi, as far as one page needs it (W3C webdriver-bidi): Firefox speaks it by itself, without a driver. */

interface Answer {
  type: 'success' | 'error'
  id: number
  result: unknown
  error?: string
  message?: string
}
interface Said {
  type: 'event'
  method: string
  params: { level?: string; text?: string | null; type?: string }
}
interface Node {
  sharedId: string
}

const WAIT_MS = 10_000
const LOOK_AGAIN_MS = 100

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

export class WebDriverPage {
  /** Errors and warnings that the browser wrote to this page's console. */
  readonly complaints: string[] = []
  readonly #socket: WebSocket
  readonly #waiting = new Map<number, (answer: Answer) => void>()
  #lastId = 0
  #context = ''

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.addEventListener('message', ({ data }) => this.#hear(JSON.parse(String(data)) as Answer | Said))
    socket.addEventListener('close', () => {
      for (const [id, answer] of this.#waiting) answer({ type: 'error', id, result: null, error: 'closed' })
      this.#waiting.clear()
    })
  }

  /** @param preload runs in each page before its own scripts do */
  static async connect(url: string, preload: () => void): Promise<WebDriverPage> {
    const socket = new WebSocket(`${url}/session`)
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener('open', () => resolve(), { once: true })
      socket.addEventListener('error', () => reject(new Error('No WebDriver at that address.')), {
        once: true,
      })
    })
    const page = new WebDriverPage(socket)
    await page.#say('session.new', { capabilities: {} })
    await page.#say('session.subscribe', { events: ['log.entryAdded'] })
    await page.#say('script.addPreloadScript', { functionDeclaration: String(preload) })
    const { contexts } = (await page.#say('browsingContext.getTree')) as { contexts: { context: string }[] }
    page.#context = contexts[0]!.context
    await page.#say('browsingContext.setViewport', {
      context: page.#context,
      viewport: { width: 1280, height: 800 },
    })
    return page
  }

  async goto(url: string): Promise<void> {
    await this.#say('browsingContext.navigate', { context: this.#context, url, wait: 'complete' })
  }

  async reload(): Promise<void> {
    await this.#say('browsingContext.reload', { context: this.#context, wait: 'complete' })
  }

  /** As in Playwright: the function runs in the page, and what goes in and out is JSON. */
  async evaluate<Result, Arg>(look: (arg: Arg) => Result | Promise<Result>, arg: Arg): Promise<Result> {
    const { type, result, exceptionDetails } = (await this.#say('script.evaluate', {
      expression: `(async () => JSON.stringify(await (${String(look)})(${JSON.stringify(arg)})))()`,
      target: { context: this.#context },
      awaitPromise: true,
      userActivation: false,
    })) as { type: string; result?: { value?: string }; exceptionDetails?: { text: string } }
    if (type !== 'success') throw new Error(exceptionDetails?.text)
    return (result?.value === undefined ? undefined : JSON.parse(result.value)) as Result
  }

  /** Whether somebody would find it by role and name. */
  async has(role: string, name: string): Promise<boolean> {
    return (await this.#find(role, name)) !== undefined
  }

  /** A real press in the middle of it, as soon as it is there. */
  async click(role: string, name: string): Promise<void> {
    const element = { type: 'element', element: await this.#get(role, name) }
    await this.#perform('pointer', [
      { type: 'pointerMove', x: 0, y: 0, origin: element },
      { type: 'pointerDown', button: 0 },
      { type: 'pointerUp', button: 0 },
    ])
  }

  async type(text: string): Promise<void> {
    await this.#perform(
      'key',
      Array.from(text).flatMap((value) => [
        { type: 'keyDown', value },
        { type: 'keyUp', value },
      ]),
    )
  }

  async screenshot(): Promise<Buffer> {
    const { data } = (await this.#say('browsingContext.captureScreenshot', { context: this.#context })) as {
      data: string
    }
    return Buffer.from(data, 'base64')
  }

  /** Ends the browser. */
  async close(): Promise<void> {
    await this.#say('browser.close').catch(() => undefined)
    this.#socket.close()
  }

  async #get(role: string, name: string): Promise<Node> {
    for (const until = Date.now() + WAIT_MS; ; await sleep(LOOK_AGAIN_MS)) {
      const found = await this.#find(role, name)
      if (found) return found
      if (Date.now() > until) throw new Error(`There is no ${role} "${name}".`)
    }
  }

  async #find(role: string, name: string): Promise<Node | undefined> {
    const { nodes } = (await this.#say('browsingContext.locateNodes', {
      context: this.#context,
      locator: { type: 'accessibility', value: { role, name } },
    })) as { nodes: Node[] }
    return nodes[0] && { sharedId: nodes[0].sharedId }
  }

  async #perform(type: 'pointer' | 'key', actions: object[]): Promise<void> {
    await this.#say('input.performActions', {
      context: this.#context,
      actions: [{ type, id: type, actions }],
    })
  }

  async #say(method: string, params: object = {}): Promise<unknown> {
    const id = ++this.#lastId
    const answer = await new Promise<Answer>((resolve) => {
      this.#waiting.set(id, resolve)
      this.#socket.send(JSON.stringify({ id, method, params }))
    })
    if (answer.type === 'success') return answer.result
    throw new Error(`${method}: ${answer.error}: ${answer.message}`)
  }

  #hear(message: Answer | Said): void {
    if (message.type !== 'event') {
      this.#waiting.get(message.id)?.(message)
      this.#waiting.delete(message.id)
    } else if (message.params.level === 'error' || message.params.level === 'warn') {
      this.complaints.push(`${message.params.type}: ${message.params.text}`)
    }
  }
}
