drop function tasker_settle_deliveries(text, bigint, bigint, bigint, integer, jsonb, integer, timestamptz);
drop function tasker_wake_deliveries(text, bigint[], timestamptz);
drop function tasker_event_position_at(timestamptz, interval);
drop function tasker_event_horizon();
drop table tasker_event_deliveries;
drop table tasker_event_subscribers;
