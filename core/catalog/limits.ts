/** A series has 60 to 100 episodes with two or three edges each; as many as fit into one JSON body of 64 KiB. */
export const MAX_GRAPH_EDGES = 500;

/** Each costs a keyed hash when the graph is asked for what comes next. */
export const MAX_EXPERIMENTS = 20;

/** Experiments divide viewers into so many buckets: whole percents. */
export const EXPERIMENT_BUCKETS = 100;

/** A season at once is a hundred; a drop is one transaction. */
export const MAX_DROP_EPISODES = 200;
export const MAX_DROP_POLICIES = 50;

/** Languages that a title or a caption set may have. */
export const MAX_LANGUAGES = 50;
