-- {count} messages of other people: 20 to a chat, 5 chats to a person, 30 words each. A superuser's session.
SET session_replication_role = replica;  -- no foreign key is looked up: they all hold
SET maintenance_work_mem = '512MB';
DROP INDEX IF EXISTS messages_words_idx;  -- made anew at the end, in a tenth of the time

INSERT INTO users (id) SELECT md5('user' || n)::uuid FROM generate_series(0, {count} / 100) n;

INSERT INTO chats (id, user_id, title, current_message_id, updated_at)
SELECT md5('chat' || n)::uuid, md5('user' || n / 5)::uuid, 'Chat ' || n, md5('message' || n * 20 + 19)::uuid,
    now() - n * interval '1 second'
FROM generate_series(0, {count} / 20 - 1) n;

INSERT INTO messages (id, user_id, chat_id, parent_id, role, content)
SELECT md5('message' || n)::uuid, md5('user' || n / 100)::uuid, md5('chat' || n / 20)::uuid,
    CASE WHEN n % 20 > 0 THEN md5('message' || n - 1)::uuid END,
    CASE WHEN n % 2 = 0 THEN 'user' ELSE 'assistant' END,
    (SELECT string_agg('word' || (n::bigint * k * 7919) % 20011, ' ') FROM generate_series(1, 30) k)
FROM generate_series(0, {count} - 1) n;
