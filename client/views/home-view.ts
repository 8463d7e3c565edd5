// Home: what has changed, newest first.
// <home-view>

import '../components/writing-now.ts'
import { Listing } from './listing.ts'

/** What has changed, newest first. */
export class HomeView extends Listing {}

customElements.define('home-view', HomeView)
