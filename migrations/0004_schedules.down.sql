drop table tasker_schedules;
