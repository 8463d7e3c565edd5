// All tags, or the pages of one.
// <tags-view>

import '../styles/keeping.css'
import { LivePart } from './live-part.ts'

/** Wraps the server's list. */
export class TagsView extends LivePart {}

customElements.define('tags-view', TagsView)
