// The native TypeScript compiler does not read .vue files: their logic lives in the .ts beside them.
declare module '*.vue' {
  import type { Component } from 'vue'

  const component: Component
  export default component
}

declare module '*.css'
declare module '*.svg' {
  const url: string
  export default url
}
