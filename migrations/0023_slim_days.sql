ALTER TABLE `episode_days` DROP COLUMN `startup_ms`;--> statement-breakpoint
ALTER TABLE `episode_days` DROP COLUMN `watched_percent`;