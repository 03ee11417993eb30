drop function tasker_webhook_failed(integer, integer, text, boolean, double precision, timestamptz);
delete from tasker_event_subscribers where name like 'webhook:%';
drop table tasker_webhooks;
