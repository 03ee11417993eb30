-- Tokens of programs that use the interfaces. Only their hashes are kept: who reads this table can use none of them.

create table tasker_api_tokens (
  token_id integer generated always as identity primary key,
  name varchar(128) not null check (name <> ''),
  -- The part of a token that is no secret, by which its row is found.
  prefix varchar(32) not null unique,
  -- SHA-256 of the whole token, in hex. A token is 256 random bits, so that nothing slower is needed.
  token_hash varchar(64) not null check (token_hash ~ '^[0-9a-f]{64}$'),
  -- Patterns of permissions.
  scopes jsonb not null check (jsonb_typeof(scopes) = 'array'),
  -- Null: all of them.
  namespaces jsonb check (jsonb_typeof(namespaces) = 'array'),
  created_by varchar(128),
  -- Null: never.
  expires_at timestamptz,
  -- To the minute.
  last_used_at timestamptz,
  revoked_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
-- The name of a revoked one can be used again.
create unique index tasker_api_tokens_name on tasker_api_tokens (name) where revoked_at is null;
