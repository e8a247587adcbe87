/** What a session with security options needs, in one piece that others never fetch. */
export { Guard } from "./Guard";
export { ScreenCheck } from "./ScreenCheck";
