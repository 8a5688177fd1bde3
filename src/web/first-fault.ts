/** What is wrong with a form is not overlooked: it may stand far above, or be folded away. */

/** Brings the first field that is wrong into view, and the cursor into it. Whether the form says what is wrong. */
export function showFirstFault(form: Element): boolean {
  const wrong = form.querySelector('.el-form-item.is-error')
  if (!wrong) return form.querySelector('[data-test="faults"]') !== null
  unfold(wrong)
  wrong.scrollIntoView({ block: 'center' })
  wrong.querySelector<HTMLElement>('input, textarea')?.focus({ preventScroll: true })
  return true
}

function unfold(field: Element): void {
  const details = field.closest('details')
  if (!details) return
  details.open = true
  if (details.parentElement) unfold(details.parentElement)
}
