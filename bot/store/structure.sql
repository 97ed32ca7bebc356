-- What the migrations make of an empty SQLite database. Written by `make structure`.
CREATE TABLE "tortoise_migrations" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "app" VARCHAR(255) NOT NULL,
    "name" VARCHAR(255) NOT NULL,
    "applied_at" TIMESTAMP NOT NULL,
    CONSTRAINT "uid_tortoise_mi_app_3803a5" UNIQUE ("app", "name")
);
CREATE TABLE "credential" (
    "key" VARCHAR(200) NOT NULL  PRIMARY KEY,
    "token" TEXT NOT NULL,
    "expires_at" REAL NOT NULL
);
CREATE TABLE "cursor" (
    "account" VARCHAR(64) NOT NULL  PRIMARY KEY,
    "cursor" TEXT NOT NULL
);
CREATE TABLE "event" (
    "seq" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "id" VARCHAR(128) NOT NULL UNIQUE,
    "kind" VARCHAR(40) NOT NULL,
    "conversation" VARCHAR(200) NOT NULL,
    "body" TEXT NOT NULL,
    "received_at" REAL NOT NULL,
    "state" SMALLINT NOT NULL,
    "decision" TEXT,
    "done_at" REAL
);
CREATE TABLE "media" (
    "path" VARCHAR(200) NOT NULL  PRIMARY KEY,
    "digest" VARCHAR(64) NOT NULL,
    "media_id" TEXT NOT NULL,
    "uploaded_at" REAL NOT NULL
);
CREATE TABLE "message" (
    "seq" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "id" VARCHAR(32) NOT NULL UNIQUE,
    "event_id" VARCHAR(128) NOT NULL,
    "conversation" VARCHAR(200) NOT NULL,
    "via" VARCHAR(24) NOT NULL,
    "script" VARCHAR(120) NOT NULL,
    "body" TEXT NOT NULL,
    "urgent" INT NOT NULL,
    "created_at" REAL NOT NULL,
    "due_at" REAL NOT NULL,
    "attempts" SMALLINT NOT NULL,
    "state" SMALLINT NOT NULL,
    "settled_at" REAL,
    "note" TEXT
);
CREATE TABLE "session" (
    "conversation" VARCHAR(200) NOT NULL  PRIMARY KEY,
    "heard_at" REAL NOT NULL,
    "sent" SMALLINT NOT NULL,
    "staffed" INT NOT NULL,
    "servicer" VARCHAR(64) NOT NULL,
    "said" VARCHAR(120) NOT NULL,
    "offered" TEXT NOT NULL,
    "changed_at" REAL NOT NULL
, "asked" TEXT NOT NULL DEFAULT '');
CREATE TABLE "todo" (
    "id" VARCHAR(64) NOT NULL  PRIMARY KEY,
    "member" VARCHAR(64) NOT NULL,
    "customer" VARCHAR(64) NOT NULL,
    "conversation" VARCHAR(200) NOT NULL,
    "why" TEXT NOT NULL,
    "words" TEXT NOT NULL,
    "created_at" REAL NOT NULL,
    "done_at" REAL
, "outlasts" INT NOT NULL DEFAULT 0);
CREATE INDEX event_waiting ON event (seq) WHERE state = 0;
CREATE INDEX message_doubtful ON message (seq) WHERE state = 4;
CREATE INDEX message_of_event ON message (event_id);
CREATE INDEX todo_open ON todo (conversation) WHERE done_at IS NULL;
CREATE TABLE "learned" (
    "seq" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "question" VARCHAR(64) NOT NULL,
    "script" VARCHAR(120) NOT NULL,
    "source" SMALLINT NOT NULL,
    "who" VARCHAR(64) NOT NULL,
    "times" INT NOT NULL,
    "last_at" REAL NOT NULL,
    CONSTRAINT "uid_learned_questio_cde1ad" UNIQUE ("question", "script", "source", "who")
);
CREATE TABLE "script_step" (
    "seq" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "script" VARCHAR(120) NOT NULL,
    "version" INT NOT NULL,
    "state" SMALLINT NOT NULL,
    "who" VARCHAR(64) NOT NULL,
    "note" TEXT NOT NULL,
    "at" REAL NOT NULL
);
CREATE TABLE "script_version" (
    "seq" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "script" VARCHAR(120) NOT NULL,
    "version" INT NOT NULL,
    "kind" VARCHAR(16) NOT NULL,
    "content" TEXT NOT NULL,
    "state" SMALLINT NOT NULL,
    CONSTRAINT "uid_script_vers_script_cd792b" UNIQUE ("script", "version")
);
CREATE INDEX script_step_of ON script_step (script, version);
CREATE INDEX script_step_approved ON script_step (seq) WHERE state = 2;
CREATE INDEX script_version_open ON script_version (seq) WHERE state IN (0, 1);
CREATE INDEX learned_fading ON learned (last_at) WHERE source < 2;
CREATE INDEX learned_approved ON learned (last_at) WHERE source = 2;
CREATE TABLE "contact" (
    "seq" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "customer" VARCHAR(64) NOT NULL,
    "member" VARCHAR(64) NOT NULL,
    "added_at" REAL NOT NULL,
    "state" VARCHAR(120) NOT NULL DEFAULT '',
    "lost_at" REAL, "remark" TEXT NOT NULL DEFAULT '', "tags" TEXT,
    CONSTRAINT "uid_contact_custome_4a65b8" UNIQUE ("customer", "member")
);
CREATE TABLE "customer_tag" (
    "seq" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "tag" VARCHAR(120) NOT NULL,
    "customer" VARCHAR(64) NOT NULL,
    CONSTRAINT "uid_customer_ta_tag_2eb0eb" UNIQUE ("tag", "customer")
);
CREATE TABLE "mass_task" (
    "id" VARCHAR(64) NOT NULL  PRIMARY KEY,
    "plan" VARCHAR(120) NOT NULL,
    "slot" VARCHAR(64) NOT NULL,
    "member" VARCHAR(64) NOT NULL,
    "chunk" INT NOT NULL,
    "msgid" VARCHAR(128) NOT NULL DEFAULT '',
    "state" SMALLINT NOT NULL DEFAULT 0,
    "created_at" REAL,
    "confirmed_at" REAL,
    "reminders" SMALLINT NOT NULL DEFAULT 0,
    "reminded_at" REAL,
    "checked_at" REAL, "remind_at" REAL, "closes_at" REAL,
    CONSTRAINT "uid_mass_task_plan_af0d47" UNIQUE ("plan", "slot", "member", "chunk")
);
CREATE TABLE "plan" (
    "id" VARCHAR(120) NOT NULL  PRIMARY KEY,
    "state" SMALLINT NOT NULL DEFAULT 0,
    "digest" VARCHAR(64) NOT NULL DEFAULT '',
    "body" TEXT NOT NULL DEFAULT '',
    "planned_until" REAL,
    "changed_at" REAL NOT NULL,
    "who" VARCHAR(64) NOT NULL DEFAULT ''
, "trial" TEXT NOT NULL DEFAULT '');
CREATE TABLE "rhythm" (
    "customer" VARCHAR(64) NOT NULL  PRIMARY KEY,
    "counts" TEXT NOT NULL
);
CREATE TABLE "said" (
    "seq" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "customer" VARCHAR(64) NOT NULL,
    "words" VARCHAR(32) NOT NULL,
    "at" REAL NOT NULL,
    CONSTRAINT "uid_said_custome_e141dc" UNIQUE ("customer", "words")
);
CREATE TABLE "tally" (
    "subject" VARCHAR(120) NOT NULL  PRIMARY KEY,
    "hour" INT NOT NULL,
    "hour_n" INT NOT NULL,
    "day" INT NOT NULL,
    "day_n" INT NOT NULL,
    "week" INT NOT NULL,
    "week_n" INT NOT NULL,
    "month" INT NOT NULL,
    "month_n" INT NOT NULL,
    "last_at" REAL NOT NULL
);
CREATE TABLE "touch" (
    "seq" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "plan" VARCHAR(120) NOT NULL,
    "customer" VARCHAR(64) NOT NULL,
    "slot" VARCHAR(64) NOT NULL,
    "scenario" SMALLINT NOT NULL,
    "script" VARCHAR(120) NOT NULL,
    "words" VARCHAR(32) NOT NULL DEFAULT '',
    "member" VARCHAR(64) NOT NULL DEFAULT '',
    "receiver" VARCHAR(8) NOT NULL DEFAULT 'customer',
    "due_at" REAL NOT NULL,
    "deadline" REAL NOT NULL,
    "state" SMALLINT NOT NULL DEFAULT 0,
    "task" VARCHAR(64) NOT NULL DEFAULT '',
    "rule" VARCHAR(40) NOT NULL DEFAULT '',
    "zh" TEXT NOT NULL DEFAULT '',
    "en" TEXT NOT NULL DEFAULT '',
    "settled_at" REAL, "reserved" TEXT NOT NULL DEFAULT '',
    CONSTRAINT "uid_touch_custome_8e452b" UNIQUE ("customer", "plan", "slot")
);
CREATE INDEX touch_due ON touch (due_at, seq) WHERE state = 0;
CREATE INDEX touch_claimed ON touch (settled_at) WHERE state = 5;
CREATE INDEX touch_taken ON touch (task, plan, slot, member) WHERE state = 1;
CREATE INDEX mass_task_open ON mass_task (state) WHERE state < 3;
CREATE INDEX contact_of_member ON contact (member, customer) WHERE lost_at IS NULL;
CREATE INDEX customer_tag_of ON customer_tag (customer);
CREATE TABLE "customer" (
    "id" VARCHAR(64) NOT NULL  PRIMARY KEY,
    "name" TEXT NOT NULL,
    "tags" TEXT NOT NULL,
    "fetched_at" REAL NOT NULL
, "added_at" REAL, "best_from" SMALLINT, "best_to" SMALLINT, "birthday" VARCHAR(8) NOT NULL DEFAULT '', "braked_at" REAL, "free_until" REAL, "friends" INT NOT NULL DEFAULT 0, "heard_at" REAL, "member" VARCHAR(64) NOT NULL DEFAULT '', "opted_out_at" REAL, "phone" VARCHAR(32) NOT NULL DEFAULT '', "source" VARCHAR(120) NOT NULL DEFAULT '', "spread" INT NOT NULL DEFAULT 0, "stage" VARCHAR(40) NOT NULL DEFAULT '', "store" VARCHAR(64) NOT NULL DEFAULT '', "unionid" VARCHAR(64) NOT NULL DEFAULT '', "zone" VARCHAR(64) NOT NULL DEFAULT '', "stage_at" REAL, "stage_held" SMALLINT NOT NULL DEFAULT 0, "stage_zh" TEXT NOT NULL DEFAULT '', "stage_en" TEXT NOT NULL DEFAULT '') WITHOUT ROWID;
CREATE INDEX customer_added ON customer (added_at) WHERE added_at IS NOT NULL;
CREATE INDEX customer_birthday ON customer (birthday) WHERE birthday <> '';
CREATE INDEX customer_unionid ON customer (unionid) WHERE unionid <> '';
CREATE INDEX customer_phone ON customer (phone) WHERE phone <> '';
CREATE TABLE "customer_date" (
    "seq" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "customer" VARCHAR(64) NOT NULL,
    "name" VARCHAR(128) NOT NULL,
    "at" REAL NOT NULL,
    CONSTRAINT "uid_customer_da_custome_b41f55" UNIQUE ("customer", "name")
);
CREATE TABLE "signal" (
    "seq" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "id" VARCHAR(128) NOT NULL UNIQUE,
    "external_userid" VARCHAR(64) NOT NULL,
    "unionid" VARCHAR(64) NOT NULL,
    "phone" VARCHAR(32) NOT NULL,
    "at" REAL NOT NULL,
    "body" TEXT NOT NULL
);
CREATE INDEX customer_date_of ON customer_date (name, at);
CREATE TABLE "chat_group_change" (
    "seq" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "event" VARCHAR(128) NOT NULL UNIQUE,
    "chat_id" VARCHAR(64) NOT NULL,
    "at" REAL NOT NULL,
    "change" VARCHAR(16) NOT NULL,
    "detail" VARCHAR(16) NOT NULL DEFAULT '',
    "members" TEXT NOT NULL DEFAULT '[]',
    "scene" SMALLINT,
    "last_version" VARCHAR(64) NOT NULL DEFAULT '',
    "version" VARCHAR(64) NOT NULL DEFAULT '',
    "applied_at" REAL
);
CREATE TABLE "group_day" (
    "seq" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "owner" VARCHAR(64) NOT NULL,
    "chat_id" VARCHAR(64) NOT NULL DEFAULT '',
    "day" VARCHAR(10) NOT NULL,
    "chats" INT NOT NULL,
    "new_chats" INT NOT NULL,
    "active_chats" INT NOT NULL,
    "members" INT NOT NULL,
    "new_members" INT NOT NULL,
    "speakers" INT NOT NULL,
    "messages" INT NOT NULL,
    CONSTRAINT "uid_group_day_owner_437322" UNIQUE ("owner", "chat_id", "day")
);
CREATE TABLE "chat_group_member" (
    "seq" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "chat_id" VARCHAR(64) NOT NULL,
    "userid" VARCHAR(64) NOT NULL,
    "customer" INT NOT NULL,
    "name" VARCHAR(200) NOT NULL DEFAULT '',
    "nickname" VARCHAR(200) NOT NULL DEFAULT '',
    "joined_at" REAL NOT NULL,
    "join_scene" SMALLINT NOT NULL DEFAULT 0,
    "invitor" VARCHAR(64) NOT NULL DEFAULT '',
    "state" VARCHAR(64) NOT NULL DEFAULT '',
    "left_at" REAL,
    "quit_scene" SMALLINT,
    "news" VARCHAR(40) NOT NULL DEFAULT '',
    CONSTRAINT "uid_chat_group__chat_id_1ad6f7" UNIQUE ("chat_id", "userid")
);
CREATE TABLE "chat_group" (
    "chat_id" VARCHAR(64) NOT NULL  PRIMARY KEY,
    "name" VARCHAR(200) NOT NULL DEFAULT '',
    "owner" VARCHAR(64) NOT NULL DEFAULT '',
    "notice" TEXT NOT NULL DEFAULT '',
    "admins" TEXT NOT NULL DEFAULT '[]',
    "created_at" REAL NOT NULL DEFAULT 0,
    "owner_state" SMALLINT NOT NULL DEFAULT 0,
    "version" VARCHAR(64) NOT NULL DEFAULT '',
    "members" INT NOT NULL DEFAULT 0,
    "customers" INT NOT NULL DEFAULT 0,
    "dismissed_at" REAL,
    "fetched_at" REAL NOT NULL DEFAULT 0,
    "gaps" INT NOT NULL DEFAULT 0,
    "kind" VARCHAR(20) NOT NULL DEFAULT '',
    "kind_by_hand" INT NOT NULL DEFAULT 0,
    "stage" VARCHAR(12) NOT NULL DEFAULT '',
    "stage_at" REAL,
    "stage_zh" TEXT NOT NULL DEFAULT '',
    "stage_en" TEXT NOT NULL DEFAULT ''
, "off_at" REAL);
CREATE TABLE "group_talk" (
    "seq" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "chat_id" VARCHAR(64) NOT NULL,
    "userid" VARCHAR(64) NOT NULL,
    "day" VARCHAR(10) NOT NULL,
    "messages" INT NOT NULL,
    CONSTRAINT "uid_group_talk_chat_id_2632e8" UNIQUE ("chat_id", "userid", "day")
);
CREATE TABLE "group_welcome" (
    "id" VARCHAR(64) NOT NULL  PRIMARY KEY,
    "template_id" VARCHAR(128) NOT NULL DEFAULT '',
    "digest" VARCHAR(32) NOT NULL,
    "at" REAL NOT NULL
);
CREATE INDEX chat_group_of ON chat_group (owner, chat_id);
CREATE INDEX chat_group_change_open ON chat_group_change (chat_id, seq) WHERE applied_at IS NULL;
CREATE INDEX chat_group_change_of ON chat_group_change (chat_id, at);
CREATE INDEX chat_group_member_of ON chat_group_member (userid);
CREATE INDEX chat_group_member_news ON chat_group_member (chat_id) WHERE news <> '';
CREATE TABLE "staff" (
    "id" VARCHAR(64) NOT NULL  PRIMARY KEY,
    "name" TEXT NOT NULL,
    "role" SMALLINT NOT NULL,
    "leader" VARCHAR(64) NOT NULL DEFAULT '',
    "active" INT NOT NULL DEFAULT 1,
    "joined_at" REAL NOT NULL
);
CREATE TABLE "audit" (
    "seq" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "at" REAL NOT NULL,
    "who" VARCHAR(64) NOT NULL,
    "act" VARCHAR(40) NOT NULL,
    "subject" VARCHAR(200) NOT NULL,
    "why" TEXT NOT NULL,
    "details" TEXT NOT NULL
, "changes" TEXT NOT NULL DEFAULT '');
CREATE INDEX message_failed ON message (seq) WHERE state = 3;
CREATE TABLE "figure" (
    "seq" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "day" VARCHAR(10) NOT NULL,
    "name" VARCHAR(24) NOT NULL,
    "key" VARCHAR(120) NOT NULL,
    "n" BIGINT NOT NULL,
    CONSTRAINT "uid_figure_day_b4f5b9" UNIQUE ("day", "name", "key")
);
CREATE INDEX touch_settled ON touch (settled_at, state) WHERE state > 1;
CREATE TABLE "brake_step" (
    "seq" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "customer" VARCHAR(64) NOT NULL,
    "kind" VARCHAR(16) NOT NULL,
    "active" SMALLINT NOT NULL,
    "who" VARCHAR(64) NOT NULL,
    "why" TEXT NOT NULL,
    "at" REAL NOT NULL
, "sounds" SMALLINT NOT NULL DEFAULT 0);
CREATE INDEX brake_step_of ON brake_step (customer, kind, seq);
CREATE INDEX customer_braked ON customer (braked_at, id) WHERE braked_at IS NOT NULL;
CREATE INDEX customer_opted_out ON customer (opted_out_at, id) WHERE opted_out_at IS NOT NULL;
CREATE INDEX customer_place ON customer ((coalesce(added_at, 0)) DESC, id);
CREATE TABLE "favourite" (
    "seq" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "member" VARCHAR(64) NOT NULL,
    "script" VARCHAR(120) NOT NULL,
    "at" REAL NOT NULL,
    CONSTRAINT "uid_favourite_member_005738" UNIQUE ("member", "script")
);
CREATE TABLE "script_use" (
    "seq" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "member" VARCHAR(64) NOT NULL,
    "script" VARCHAR(120) NOT NULL,
    "times" INT NOT NULL,
    "as_is" INT NOT NULL,
    "last_at" REAL NOT NULL,
    CONSTRAINT "uid_script_use_member_5e7fea" UNIQUE ("member", "script")
);
CREATE TABLE "personal_script" (
    "seq" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "owner" VARCHAR(64) NOT NULL,
    "team" INT NOT NULL DEFAULT 0,
    "title" VARCHAR(120) NOT NULL,
    "body" TEXT NOT NULL,
    "proposed" VARCHAR(120) NOT NULL DEFAULT '',
    "changed_at" REAL NOT NULL,
    "deleted_at" REAL
, "despite" TEXT NOT NULL DEFAULT '');
CREATE INDEX personal_script_of ON personal_script (owner);
CREATE INDEX event_in ON event (conversation, seq);
CREATE INDEX message_in ON message (conversation, seq);
CREATE TABLE "reminder" (
    "id" VARCHAR(32) NOT NULL  PRIMARY KEY,
    "customer" VARCHAR(64) NOT NULL,
    "member" VARCHAR(64) NOT NULL,
    "receiver" VARCHAR(8) NOT NULL,
    "script" VARCHAR(120) NOT NULL,
    "words" TEXT NOT NULL,
    "zh" TEXT NOT NULL,
    "en" TEXT NOT NULL,
    "again" TEXT NOT NULL,
    "due_at" REAL NOT NULL,
    "next_at" REAL,
    "told_at" REAL,
    "created_at" REAL NOT NULL,
    "who" VARCHAR(64) NOT NULL,
    "ended_at" REAL,
    "ended_by" VARCHAR(64) NOT NULL DEFAULT '',
    "state" SMALLINT NOT NULL DEFAULT 0
, "why" TEXT NOT NULL DEFAULT '');
CREATE INDEX reminder_untold ON reminder (due_at) WHERE state = 0 AND told_at IS NULL;
CREATE INDEX reminder_again ON reminder (next_at) WHERE state = 0 AND next_at IS NOT NULL;
CREATE INDEX reminder_of ON reminder (member, due_at) WHERE state = 0;
CREATE TABLE "dismissed_question" (
    "question" VARCHAR(200) NOT NULL  PRIMARY KEY,
    "who" VARCHAR(64) NOT NULL,
    "why" TEXT NOT NULL,
    "at" REAL NOT NULL
);
CREATE TABLE "note" (
    "seq" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "customer" VARCHAR(64) NOT NULL,
    "who" VARCHAR(64) NOT NULL,
    "text" TEXT NOT NULL,
    "at" REAL NOT NULL,
    "edited_at" REAL,
    "deleted_at" REAL
);
CREATE INDEX note_of ON note (customer, at) WHERE deleted_at IS NULL;
CREATE INDEX audit_of ON audit (subject, seq);
CREATE INDEX todo_of ON todo (member, created_at) WHERE done_at IS NULL;
CREATE TABLE "sync_round" (
    "seq" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "begun_at" REAL NOT NULL,
    "ended_at" REAL,
    "initial" SMALLINT NOT NULL,
    "shares" TEXT NOT NULL,
    "place" INT NOT NULL DEFAULT 0,
    "cursor" TEXT NOT NULL DEFAULT '',
    "since" INT NOT NULL DEFAULT 0,
    "total" INT NOT NULL DEFAULT 0,
    "done" INT NOT NULL DEFAULT 0,
    "added" INT NOT NULL DEFAULT 0,
    "lost" INT NOT NULL DEFAULT 0,
    "tagged" INT NOT NULL DEFAULT 0
);
CREATE TABLE "sync_find" (
    "seq" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "round" BIGINT NOT NULL,
    "customer" VARCHAR(64) NOT NULL,
    "member" VARCHAR(64) NOT NULL,
    "kind" VARCHAR(8) NOT NULL,
    "at" REAL NOT NULL,
    CONSTRAINT "uid_sync_find_round_e9842b" UNIQUE ("round", "customer", "member", "kind")
);
CREATE TABLE "group_question" (
    "seq" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "id" VARCHAR(128) NOT NULL UNIQUE,
    "chat_id" VARCHAR(64) NOT NULL,
    "topic" VARCHAR(200) NOT NULL,
    "text" TEXT NOT NULL,
    "question" VARCHAR(200) NOT NULL,
    "askers" TEXT NOT NULL,
    "at" REAL NOT NULL,
    "last_at" REAL NOT NULL,
    "script" VARCHAR(120) NOT NULL DEFAULT '',
    "offered_at" REAL,
    "state" SMALLINT NOT NULL DEFAULT 0,
    "by" VARCHAR(64) NOT NULL DEFAULT '',
    "ended_at" REAL
, "answer" VARCHAR(32) NOT NULL DEFAULT '');
CREATE INDEX group_question_age ON group_question (at, seq) WHERE state = 0;
CREATE INDEX group_question_ended ON group_question (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX group_question_of ON group_question (chat_id, at);
CREATE TABLE "store" (
    "id" VARCHAR(64) NOT NULL  PRIMARY KEY,
    "name" TEXT NOT NULL,
    "tags" TEXT NOT NULL,
    "persona" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "changed_at" REAL NOT NULL
);
CREATE TABLE "store_member" (
    "member" VARCHAR(64) NOT NULL  PRIMARY KEY,
    "store" VARCHAR(64) NOT NULL,
    "persona" TEXT NOT NULL
);
CREATE INDEX store_member_of ON store_member (store, member);
CREATE INDEX touch_task ON touch (task) WHERE task <> '';
CREATE TABLE "handover" (
    "id" VARCHAR(32) NOT NULL  PRIMARY KEY,
    "leaver" VARCHAR(64) NOT NULL,
    "kind" SMALLINT NOT NULL,
    "holder" VARCHAR(64) NOT NULL,
    "words" TEXT NOT NULL DEFAULT '',
    "who" VARCHAR(64) NOT NULL,
    "why" TEXT NOT NULL DEFAULT '',
    "begins_at" REAL NOT NULL,
    "until" REAL,
    "state" SMALLINT NOT NULL DEFAULT 0,
    "ended_at" REAL,
    "looked_at" REAL
);
CREATE TABLE "handover_item" (
    "seq" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "handover" VARCHAR(32) NOT NULL,
    "kind" VARCHAR(8) NOT NULL,
    "subject" VARCHAR(64) NOT NULL,
    "taker" VARCHAR(64) NOT NULL,
    "owner" VARCHAR(64) NOT NULL,
    "state" SMALLINT NOT NULL DEFAULT 0,
    "errcode" INT NOT NULL DEFAULT 0,
    "zh" TEXT NOT NULL DEFAULT '',
    "en" TEXT NOT NULL DEFAULT '',
    "asked_at" REAL,
    "next_at" REAL,
    "at" REAL NOT NULL,
    CONSTRAINT "uid_handover_it_handove_ed3572" UNIQUE ("handover", "subject")
);
CREATE TABLE "handover_thing" (
    "seq" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "handover" VARCHAR(32) NOT NULL,
    "kind" VARCHAR(8) NOT NULL,
    "thing" VARCHAR(64) NOT NULL,
    "customer" VARCHAR(64) NOT NULL,
    CONSTRAINT "uid_handover_th_kind_828566" UNIQUE ("kind", "thing")
);
CREATE UNIQUE INDEX handover_of ON handover (leaver) WHERE state < 3;
CREATE INDEX handover_item_of ON handover_item (subject);
CREATE INDEX handover_item_open ON handover_item (handover, state);
CREATE INDEX handover_thing_of ON handover_thing (handover, kind);
CREATE TABLE "complaint_case" (
    "seq" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "customer" VARCHAR(64) NOT NULL,
    "channel" VARCHAR(16) NOT NULL,
    "conversation" VARCHAR(200) NOT NULL,
    "member" VARCHAR(64) NOT NULL,
    "words" TEXT NOT NULL,
    "at" REAL NOT NULL,
    "heard_at" REAL NOT NULL,
    "times" INT NOT NULL DEFAULT 0,
    "waiting_since" REAL,
    "told_at" REAL,
    "answered_at" REAL,
    "answered_by" VARCHAR(64) NOT NULL DEFAULT '',
    "replied_at" REAL,
    "escalated_at" REAL,
    "escalated_to" VARCHAR(64) NOT NULL DEFAULT '',
    "closed_at" REAL,
    "closed_by" VARCHAR(64) NOT NULL DEFAULT '',
    "reason" TEXT NOT NULL DEFAULT ''
);
CREATE TABLE "complaint_word" (
    "seq" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "complaint" BIGINT NOT NULL,
    "event" VARCHAR(128) NOT NULL UNIQUE,
    "words" TEXT NOT NULL,
    "at" REAL NOT NULL
);
CREATE UNIQUE INDEX complaint_open ON complaint_case (customer) WHERE closed_at IS NULL;
CREATE INDEX complaint_at ON complaint_case (at);
CREATE INDEX complaint_of ON complaint_word (complaint);
CREATE TABLE "channel_code" (
    "state" VARCHAR(30) NOT NULL  PRIMARY KEY,
    "asked_at" REAL NOT NULL,
    "config_id" VARCHAR(64) NOT NULL DEFAULT '',
    "picture" TEXT NOT NULL DEFAULT '',
    "digest" VARCHAR(64) NOT NULL DEFAULT '',
    "problem" TEXT NOT NULL DEFAULT ''
, "tries" INT NOT NULL DEFAULT 0, "again_at" REAL NOT NULL DEFAULT 0);
CREATE TABLE "tagging" (
    "seq" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "customer" VARCHAR(64) NOT NULL,
    "tag" VARCHAR(120) NOT NULL,
    "member" VARCHAR(64) NOT NULL,
    "rule" VARCHAR(120) NOT NULL,
    "zh" TEXT NOT NULL,
    "en" TEXT NOT NULL,
    "at" REAL NOT NULL,
    "told_at" REAL,
    "problem" TEXT NOT NULL DEFAULT ''
);
CREATE INDEX tagging_of ON tagging (customer, seq);
CREATE INDEX tagging_untold ON tagging (seq) WHERE told_at IS NULL;
CREATE INDEX contact_came ON contact (added_at) WHERE state <> '';
CREATE INDEX contact_went ON contact (lost_at) WHERE state <> '';
CREATE TABLE "moment_post" (
    "id" VARCHAR(40) NOT NULL  PRIMARY KEY,
    "kind" VARCHAR(12) NOT NULL,
    "segment" VARCHAR(64) NOT NULL,
    "text" TEXT NOT NULL,
    "files" TEXT NOT NULL,
    "day" VARCHAR(10) NOT NULL,
    "slot" VARCHAR(5) NOT NULL,
    "due_at" REAL,
    "state" SMALLINT NOT NULL DEFAULT 0,
    "who" VARCHAR(64) NOT NULL,
    "created_at" REAL NOT NULL,
    "approved_by" VARCHAR(64) NOT NULL DEFAULT ''
);
CREATE TABLE "moment_part" (
    "seq" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "post" VARCHAR(40) NOT NULL,
    "member" VARCHAR(64) NOT NULL,
    "state" SMALLINT NOT NULL DEFAULT 0,
    "zh" TEXT NOT NULL DEFAULT '',
    "en" TEXT NOT NULL DEFAULT '',
    "again_at" REAL NOT NULL DEFAULT 0,
    "job" VARCHAR(128) NOT NULL DEFAULT '',
    "moment" VARCHAR(64) NOT NULL DEFAULT '',
    "asked_at" REAL,
    "confirmed_at" REAL,
    "checked_at" REAL NOT NULL DEFAULT 0,
    "reminders" SMALLINT NOT NULL DEFAULT 0,
    "reminded_at" REAL,
    "shown" INT NOT NULL DEFAULT 0,
    CONSTRAINT "uid_moment_part_post_3991fc" UNIQUE ("post", "member")
);
CREATE TABLE "moment_comment" (
    "seq" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "moment" VARCHAR(64) NOT NULL,
    "member" VARCHAR(64) NOT NULL,
    "author" VARCHAR(64) NOT NULL,
    "staff" INT NOT NULL,
    "at" REAL NOT NULL,
    "done_by" VARCHAR(64) NOT NULL DEFAULT '',
    "done_at" REAL,
    CONSTRAINT "uid_moment_comm_moment_263bff" UNIQUE ("moment", "member", "author", "at")
);
CREATE INDEX moment_post_day ON moment_post (day);
CREATE INDEX moment_part_open ON moment_part (state, checked_at) WHERE state < 4;
CREATE INDEX moment_part_of ON moment_part (member, asked_at);
CREATE INDEX moment_part_out ON moment_part (confirmed_at) WHERE state = 4;
CREATE TABLE "purchase" (
    "seq" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "event" VARCHAR(128) NOT NULL UNIQUE,
    "customer" VARCHAR(64) NOT NULL,
    "at" REAL NOT NULL
);
CREATE TABLE "stage_step" (
    "seq" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "customer" VARCHAR(64) NOT NULL,
    "before" VARCHAR(40) NOT NULL,
    "stage" VARCHAR(40) NOT NULL,
    "held" SMALLINT NOT NULL,
    "who" VARCHAR(64) NOT NULL,
    "zh" TEXT NOT NULL,
    "en" TEXT NOT NULL,
    "at" REAL NOT NULL
);
CREATE INDEX purchase_of ON purchase (customer, at);
CREATE INDEX stage_step_of ON stage_step (customer, at);
CREATE TABLE "corp_tag" (
    "id" VARCHAR(64) NOT NULL  PRIMARY KEY,
    "name" VARCHAR(120) NOT NULL,
    "group_id" VARCHAR(64) NOT NULL,
    "group_name" VARCHAR(120) NOT NULL,
    "place" INT NOT NULL,
    "gone_at" REAL
);
CREATE INDEX corp_tag_name ON corp_tag (name);
CREATE TABLE "group_answer" (
    "id" VARCHAR(32) NOT NULL  PRIMARY KEY,
    "owner" VARCHAR(64) NOT NULL,
    "who" VARCHAR(64) NOT NULL,
    "words" TEXT NOT NULL,
    "at" REAL NOT NULL,
    "until" REAL NOT NULL,
    "withdrawn_at" REAL
);
CREATE UNIQUE INDEX group_question_open ON group_question (chat_id, topic) WHERE state IN (0, 3);
CREATE INDEX group_question_collected ON group_question (answer) WHERE state = 3;
CREATE TABLE "invitation" (
    "seq" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "campaign" VARCHAR(14) NOT NULL,
    "code" VARCHAR(30) NOT NULL,
    "inviter" VARCHAR(64) NOT NULL,
    "invitee" VARCHAR(64) NOT NULL,
    "member" VARCHAR(64) NOT NULL,
    "added_at" REAL NOT NULL,
    "left_at" REAL,
    "due_at" REAL NOT NULL,
    "state" SMALLINT NOT NULL DEFAULT 0,
    "reason" VARCHAR(16) NOT NULL DEFAULT '',
    "judged_at" REAL,
    "who" VARCHAR(64) NOT NULL DEFAULT '',
    "why" TEXT NOT NULL DEFAULT '',
    CONSTRAINT "uid_invitation_campaig_0a6ba4" UNIQUE ("campaign", "inviter", "invitee")
);
CREATE TABLE "referral_code" (
    "state" VARCHAR(30) NOT NULL  PRIMARY KEY,
    "campaign" VARCHAR(14) NOT NULL,
    "customer" VARCHAR(64) NOT NULL,
    "who" VARCHAR(64) NOT NULL,
    "asked_at" REAL NOT NULL,
    "config_id" VARCHAR(64) NOT NULL DEFAULT '',
    "picture" TEXT NOT NULL DEFAULT '',
    "digest" VARCHAR(64) NOT NULL DEFAULT '',
    "gone_at" REAL,
    CONSTRAINT "uid_referral_co_campaig_8ec713" UNIQUE ("campaign", "customer")
);
CREATE TABLE "referral_reward" (
    "seq" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "campaign" VARCHAR(14) NOT NULL,
    "inviter" VARCHAR(64) NOT NULL,
    "step" INT NOT NULL,
    "at" REAL NOT NULL,
    "slot" VARCHAR(32) NOT NULL DEFAULT '',
    "tries" INT NOT NULL DEFAULT 0,
    "wanted" SMALLINT NOT NULL DEFAULT 0,
    "state" SMALLINT NOT NULL DEFAULT -1,
    "rule" VARCHAR(64) NOT NULL DEFAULT '',
    "zh" TEXT NOT NULL DEFAULT '',
    "en" TEXT NOT NULL DEFAULT '',
    "settled_at" REAL,
    CONSTRAINT "uid_referral_re_campaig_974299" UNIQUE ("campaign", "inviter", "step")
);
CREATE TABLE "referral_wish" (
    "id" VARCHAR(128) NOT NULL  PRIMARY KEY,
    "customer" VARCHAR(64) NOT NULL,
    "account" VARCHAR(64) NOT NULL,
    "conversation" VARCHAR(200) NOT NULL,
    "campaign" VARCHAR(14) NOT NULL,
    "at" REAL NOT NULL
);
CREATE INDEX invitation_due ON invitation (campaign, state, due_at);
CREATE INDEX invitation_of ON invitation (inviter, campaign, added_at);
CREATE INDEX invitation_who ON invitation (invitee);
CREATE INDEX referral_reward_open ON referral_reward (campaign, seq) WHERE state <> 2;
CREATE INDEX referral_code_whose ON referral_code (customer);
CREATE TABLE "customer_field" (
    "seq" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "customer" VARCHAR(64) NOT NULL,
    "name" VARCHAR(40) NOT NULL,
    "value" TEXT NOT NULL,
    "source" VARCHAR(12) NOT NULL,
    "who" VARCHAR(64) NOT NULL,
    "at" REAL NOT NULL,
    "consent" SMALLINT NOT NULL DEFAULT 0,
    "purpose" TEXT NOT NULL DEFAULT '',
    "consent_who" VARCHAR(64) NOT NULL DEFAULT '',
    "consent_at" REAL, "origin" TEXT NOT NULL DEFAULT '',
    CONSTRAINT "uid_customer_fi_custome_132b18" UNIQUE ("customer", "name")
);
CREATE INDEX customer_stage ON customer (stage) WHERE stage <> '';
CREATE INDEX invitation_page ON invitation (campaign, seq);
CREATE INDEX invitation_numbers ON invitation (campaign, state, reason, left_at);
CREATE INDEX invitation_counts ON invitation (campaign, inviter, state, left_at);
CREATE INDEX referral_reward_page ON referral_reward (campaign, seq);
CREATE INDEX group_talk_days ON group_talk (chat_id, day);
CREATE INDEX customer_practising ON customer (id) WHERE substr(source, 1, 9) = 'practice_';
CREATE INDEX message_open ON message (seq) WHERE state < 2;
CREATE INDEX touch_on_the_way ON touch (settled_at) WHERE state = 1;
CREATE INDEX group_day_of ON group_day (chat_id, day);
CREATE TABLE "erasure" (
    "seq" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "whom" VARCHAR(64) NOT NULL,
    "name" VARCHAR(40) NOT NULL,
    "upto" BIGINT NOT NULL
);
CREATE TABLE "presence" (
    "seq" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "began_at" REAL NOT NULL,
    "seen_at" REAL NOT NULL,
    "looked_at" REAL
);
CREATE INDEX sync_find_missed ON sync_find (customer, member) WHERE kind = 'missed';
CREATE TABLE "script_picture" (
    "seq" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "name" VARCHAR(200) NOT NULL,
    "hash" VARCHAR(64) NOT NULL,
    "part" INT NOT NULL,
    "content" TEXT NOT NULL,
    CONSTRAINT "uid_script_pict_name_6532a0" UNIQUE ("name", "part")
);
INSERT INTO tortoise_migrations (app, name, applied_at) VALUES
    ('huashu', '0001_initial', CURRENT_TIMESTAMP),
    ('huashu', '0002_scripts', CURRENT_TIMESTAMP),
    ('huashu', '0003_touches', CURRENT_TIMESTAMP),
    ('huashu', '0004_signals', CURRENT_TIMESTAMP),
    ('huashu', '0005_groups', CURRENT_TIMESTAMP),
    ('huashu', '0006_pages', CURRENT_TIMESTAMP),
    ('huashu', '0007_failed', CURRENT_TIMESTAMP),
    ('huashu', '0008_figures', CURRENT_TIMESTAMP),
    ('huashu', '0009_brakes', CURRENT_TIMESTAMP),
    ('huashu', '0010_customer_place', CURRENT_TIMESTAMP),
    ('huashu', '0011_sidebar', CURRENT_TIMESTAMP),
    ('huashu', '0012_reminders', CURRENT_TIMESTAMP),
    ('huashu', '0013_dismissed', CURRENT_TIMESTAMP),
    ('huashu', '0014_notes', CURRENT_TIMESTAMP),
    ('huashu', '0015_sync', CURRENT_TIMESTAMP),
    ('huashu', '0016_group_questions', CURRENT_TIMESTAMP),
    ('huashu', '0017_stores', CURRENT_TIMESTAMP),
    ('huashu', '0018_handover', CURRENT_TIMESTAMP),
    ('huashu', '0019_complaints', CURRENT_TIMESTAMP),
    ('huashu', '0020_channels', CURRENT_TIMESTAMP),
    ('huashu', '0021_moments', CURRENT_TIMESTAMP),
    ('huashu', '0022_stages', CURRENT_TIMESTAMP),
    ('huashu', '0023_corp_tags', CURRENT_TIMESTAMP),
    ('huashu', '0024_group_answers', CURRENT_TIMESTAMP),
    ('huashu', '0025_referral', CURRENT_TIMESTAMP),
    ('huashu', '0026_fields', CURRENT_TIMESTAMP),
    ('huashu', '0027_audit_changes', CURRENT_TIMESTAMP),
    ('huashu', '0028_stage_index', CURRENT_TIMESTAMP),
    ('huashu', '0029_referral_pages', CURRENT_TIMESTAMP),
    ('huashu', '0030_plan_trial', CURRENT_TIMESTAMP),
    ('huashu', '0031_group_talk_days', CURRENT_TIMESTAMP),
    ('huashu', '0032_practising', CURRENT_TIMESTAMP),
    ('huashu', '0033_field_origin', CURRENT_TIMESTAMP),
    ('huashu', '0034_link_admin', CURRENT_TIMESTAMP),
    ('huashu', '0035_own_despite', CURRENT_TIMESTAMP),
    ('huashu', '0036_reserved', CURRENT_TIMESTAMP),
    ('huashu', '0037_message_open', CURRENT_TIMESTAMP),
    ('huashu', '0038_by_day', CURRENT_TIMESTAMP),
    ('huashu', '0039_closes', CURRENT_TIMESTAMP),
    ('huashu', '0040_erasure', CURRENT_TIMESTAMP),
    ('huashu', '0041_presence', CURRENT_TIMESTAMP),
    ('huashu', '0042_put_off', CURRENT_TIMESTAMP),
    ('huashu', '0043_pictures', CURRENT_TIMESTAMP),
    ('huashu', '0044_group_off', CURRENT_TIMESTAMP),
    ('huashu', '0045_outlasts', CURRENT_TIMESTAMP),
    ('huashu', '0046_codes_again', CURRENT_TIMESTAMP),
    ('huashu', '0047_sounds', CURRENT_TIMESTAMP);
