/**
 * A series has 60 to 100 episodes, the longest some 300. Who asks about a whole series is answered about all of it, in one
 * piece, so there is no room beyond: one more is refused when it is added.
 */
export const MAX_SERIES_EPISODES = 500;

/** Three for each episode that a series may have. */
export const MAX_GRAPH_EDGES: number = 3 * MAX_SERIES_EPISODES;

/** Each costs a keyed hash when the graph is asked for what comes next. */
export const MAX_EXPERIMENTS = 20;

/** Experiments divide viewers into so many buckets: whole percents. */
export const EXPERIMENT_BUCKETS = 100;

/** A season at once is a hundred; a drop is one transaction. */
export const MAX_DROP_EPISODES = 200;
export const MAX_DROP_POLICIES = 50;

/** Languages that a title or a caption set may have. */
export const MAX_LANGUAGES = 50;
