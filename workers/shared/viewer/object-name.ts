/** The object that holds a viewer is named by the viewer's id behind this. */
export const VIEWER_OBJECT_PREFIX = 'viewer:';
