/** What the registry says of one server on one node, or of a node itself. */
export interface ServerState {
  /** `App.Server`; '' for the node itself. */
  readonly module: string
  readonly node: string
  /** `name.area.id`; '' when none. */
  readonly set: string
  /** The operator wants it to run (`settingState` active). Of a node: always true. */
  readonly wanted: boolean
  /** It runs (`presentState` active). Of a node: its tarsnode answers. */
  readonly present: boolean
  /** Endpoints of it that the registry gives to callers; 0 when none, and of a node. */
  readonly endpoints: number
}
