import { type Ref, ref } from 'vue'

export interface Editing<Item> {
  /** The dialog is. */
  readonly open: Ref<boolean>
  /** What it is about; undefined for a new one. */
  readonly edited: Ref<Item | undefined>
  edit(item?: Item): void
}

/** A list whose items are made and changed in one dialog. */
export function useEditing<Item>(): Editing<Item> {
  const open = ref(false)
  const edited = ref() as Ref<Item | undefined>
  function edit(item?: Item): void {
    edited.value = item
    open.value = true
  }
  return { open, edited, edit }
}
