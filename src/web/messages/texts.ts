/** The same messages in another language. */
export type Texts<Tree> = {
  [Key in keyof Tree]: Tree[Key] extends string ? string : Texts<Tree[Key]>
}
