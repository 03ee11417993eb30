drop table tasker_api_tokens;
