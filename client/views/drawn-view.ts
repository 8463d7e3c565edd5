// A screen that stands as the server drew it.
// <drawn-view>

import '../styles/screens.css'
import '../styles/files.css'
import { Awake } from '../components/standing.ts'

customElements.define('drawn-view', class extends Awake {})
