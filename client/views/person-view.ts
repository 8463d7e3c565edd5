// Somebody: what they did lately, and the pages they began.
// <person-view>

import '../styles/keeping.css'
import '../components/change-list.ts'
import { Awake } from '../components/standing.ts'

/** Wraps what the server drew. */
export class PersonView extends Awake {}

customElements.define('person-view', PersonView)
