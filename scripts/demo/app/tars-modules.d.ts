/** What the demo's servers use of packages whose own types are missing or wrong. */
declare module '@tars/notify' {
  const notify: {
    init(config: string): void
    report(message: string): void
    notify(message: string, level: number): void
    readonly LEVEL: { readonly NOTIFYERROR: number }
  }
  export = notify
}
