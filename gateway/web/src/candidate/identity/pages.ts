/** What is fetched together. */
export { CameraRow } from "./CameraRow";
export { IdentityPage } from "./IdentityPage";
