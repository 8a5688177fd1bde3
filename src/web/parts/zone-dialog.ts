import { ref } from 'vue'

/** Opened from the account menu and from beside any table of times. */
export const zoneDialogOpen = ref(false)
