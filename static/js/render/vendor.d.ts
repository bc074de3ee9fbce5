/* Types of the bare names in the import map that have none of their own: only what the renderer uses. */

declare module "highlight" {
  export interface Emitter {
    addText(text: string): void;
    startScope(scope: string): void;
    endScope(): void;
    openNode(scope: string): void;
    closeNode(): void;
    __addSublanguage(emitter: Emitter, name: string): void;
    finalize(): void;
    toHTML(): string;
  }
  export interface Result {
    errorRaised?: Error;
    _emitter: Emitter;
  }
  const hljs: {
    newInstance(): typeof hljs;
    configure(options: { __emitter: new () => Emitter }): void;
    registerLanguage(name: string, grammar: unknown): void;
    getLanguage(name: string): unknown;
    highlight(code: string, options: { language: string; ignoreIllegals: boolean }): Result;
  };
  export default hljs;
}

declare module "highlight/*" {
  const grammar: unknown;
  export default grammar;
}
