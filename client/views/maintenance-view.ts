// What wants mending.
// <maintenance-view>

import '../styles/keeping.css'
import { LivePart } from './live-part.ts'

/** Wraps the server's list. */
export class MaintenanceView extends LivePart {}

customElements.define('maintenance-view', MaintenanceView)
