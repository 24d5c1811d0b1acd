-- The words that a model says, without its reasoning, which is not part of its answer.
CREATE OR REPLACE FUNCTION spoken_text(p_role text, p_content text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN p_role = 'assistant' AND p_content LIKE '<think>%'
    THEN regexp_replace(p_content, '^<think>\n.*?(\n</think( seconds="[0-9.]+")?>|$)', '')
    ELSE p_content END;

-- The condition that all these words are in a text of this user; NULL if there is no word. A word also stands for those
-- that begin with it, unless it is a single character, which too many begin with; a character of a script without
-- spaces is a whole word in most of them. Eight words and sixteen places of a run decide enough.
CREATE OR REPLACE FUNCTION search_query(p_user_id uuid, p_words text) RETURNS tsquery
LANGUAGE plpgsql IMMUTABLE SET search_path = public, pg_temp AS $$
DECLARE
    v_folded text := fold_text(p_words);
    v_words text[] := string_to_array(trim(split_words(v_folded)), ' ');
    v_spelled_out text[] := string_to_array(trim(split_words(coalesce(spell_out(v_folded), v_folded))), ' ');
    v_mark text := user_mark(p_user_id);
    v_conditions text[] := '{}';
    v_count integer := 0;
    v_word text;
    v_size integer;
BEGIN
    FOR i IN 1 .. cardinality(v_words) LOOP
        v_word := left(v_words[i], 60);
        CONTINUE WHEN v_word = '';
        EXIT WHEN v_count = 8;
        v_count := v_count + 1;
        v_size := CASE left(v_word, 1) WHEN U&'\0002' THEN 2 WHEN U&'\0003' THEN 3 END;
        IF v_size IS NULL THEN
            v_conditions := v_conditions || CASE
                WHEN char_length(v_word) = 1 THEN quote_literal(v_mark || v_word)
                WHEN v_word = left(v_spelled_out[i], 60) THEN quote_literal(v_mark || v_word) || ':*'
                ELSE format('(%L:* | %L:*)', v_mark || v_word, v_mark || left(v_spelled_out[i], 60))
            END;
            CONTINUE;
        END IF;
        v_word := substr(v_word, 2);
        IF char_length(v_word) < v_size THEN
            v_conditions := v_conditions || (quote_literal(v_mark || v_word) || ':*');
        ELSE
            FOR place IN 1 .. least(char_length(v_word) - v_size + 1, 16) LOOP
                v_conditions := v_conditions || quote_literal(v_mark || substr(v_word, place, v_size));
            END LOOP;
        END IF;
    END LOOP;
    RETURN nullif(array_to_string(v_conditions, ' & '), '')::tsquery;
END $$;

-- The messages of this transaction's user that contain these words, newest first. Under row-level security the index
-- could not be used (a policy is checked before a condition that might leak). So this function bypasses it and returns
-- ids only; their texts are read under row-level security.
CREATE OR REPLACE FUNCTION find_messages(p_words text, p_limit integer, p_before bigint)
RETURNS TABLE (message_id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_user_id uuid := current_user_id();
    v_query tsquery := search_query(v_user_id, p_words);
BEGIN
    IF v_user_id IS NULL OR v_query IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY
        -- By the index of words alone: the planner expects many more rows, and would read others' keys to have fewer.
        WITH found AS MATERIALIZED (
            SELECT id, user_id, chat_id, sequence FROM messages
            WHERE search_words(user_id, spoken_text(role, content)) @@ v_query
        )
        SELECT f.id FROM found f JOIN chats c ON c.id = f.chat_id
        WHERE f.user_id = v_user_id AND c.deleted_at IS NULL AND (p_before IS NULL OR f.sequence < p_before)
        ORDER BY f.sequence DESC LIMIT p_limit;
END $$;

-- The chats of this transaction's user with these words in title and name, last used first.
CREATE OR REPLACE FUNCTION find_chats(p_words text, p_limit integer) RETURNS TABLE (chat_id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_user_id uuid := current_user_id();
    v_query tsquery := search_query(v_user_id, p_words);
BEGIN
    IF v_user_id IS NULL OR v_query IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY
        WITH found AS MATERIALIZED (
            SELECT id, user_id, deleted_at, updated_at FROM chats
            WHERE search_words(user_id, coalesce(title, '') || ' ' || coalesce(name, '')) @@ v_query
        )
        SELECT f.id FROM found f WHERE f.user_id = v_user_id AND f.deleted_at IS NULL
        ORDER BY f.updated_at DESC, f.id DESC LIMIT p_limit;
END $$;

REVOKE EXECUTE ON FUNCTION fold_text, spell_out, split_words, index_words, user_mark, search_words, spoken_text,
    search_query, find_messages, find_chats FROM PUBLIC;
-- The functions of an index run with the rights of those who write.
GRANT EXECUTE ON FUNCTION fold_text, spell_out, split_words, index_words, user_mark, search_words, spoken_text,
    find_messages, find_chats TO parley_api;
