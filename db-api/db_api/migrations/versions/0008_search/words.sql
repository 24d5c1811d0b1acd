-- The words of a text, for the index and for queries alike; `db_api.words` finds the same words for excerpts.
-- Functions are called by their full names: those of an index run with an empty search_path.

-- The text without differences of case, of compatibility forms and of characters that nobody sees; marks stay.
CREATE OR REPLACE FUNCTION fold_text(p_text text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
DECLARE
    v_text text;
BEGIN
    IF octet_length(p_text) = char_length(p_text) THEN
        RETURN lower(p_text);
    END IF;
    v_text := casefold(normalize(p_text, NFKD) COLLATE pg_unicode_fast);
    IF position(U&'\200B' IN v_text) > 0 THEN
        -- A zero-width space separates words, except in the scripts that are indexed without knowing their words.
        v_text := regexp_replace(v_text, '(?<=[\u0E00-\u0EFF\u1000-\u109F\u1780-\u17FF\u3040-\u9FFF])\u200B+', '', 'g');
    END IF;
    v_text := replace(replace(replace(v_text, 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th');
    RETURN translate(v_text,
        U&'đłħŧıð\200B\00AD\0640\034F\200C\200D\200E\200F\061C\2060\2061\2062\2063\2064\FEFF', 'dlhtid ');
END $$;

-- Folded text with ä, ö, ü, å and ø as people spell them without these letters, or NULL if it has none of them.
CREATE OR REPLACE FUNCTION spell_out(p_folded text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
BEGIN
    IF octet_length(p_folded) = char_length(p_folded) OR p_folded !~ '[aou]\u0308|a\u030A|ø' THEN
        RETURN NULL;
    END IF;
    RETURN replace(replace(regexp_replace(p_folded, '([aou])\u0308', '\1e', 'g'), U&'a\030A', 'aa'), 'ø', 'oe');
END $$;

-- The words of folded text, separated by spaces. They lose the marks that people leave out: accents, and the vowel
-- signs of Hebrew and Arabic.
-- Some scripts put no space between words. Their runs become words that begin with a mark: U+0002 for those that are
-- indexed by pairs of characters (Chinese, Japanese, Korean, Yi), U+0003 for triples (Thai, Lao, Burmese, Khmer and
-- their kin, which have fewer letters).
CREATE OR REPLACE FUNCTION split_words(p_folded text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
DECLARE
    v_text text := p_folded;
BEGIN
    IF octet_length(v_text) = char_length(v_text) THEN
        RETURN regexp_replace(v_text, '[^a-z0-9]+', ' ', 'g');
    END IF;
    v_text := normalize(regexp_replace(translate(v_text, 'ø', 'o'),
        '[\u0300-\u036F\u0591-\u05BD\u05BF\u05C1\u05C2\u05C4\u05C5\u05C7\u0610-\u061A\u064B-\u065F\u0670\u06D6-\u06DC'
        '\u06DF-\u06E4\u06E7\u06E8\u06EA-\u06ED\u1AB0-\u1AFF\u1DC0-\u1DFF\u20D0-\u20FF\uFE00-\uFE0F\uFE20-\uFE2F]+',
        '', 'g'), NFC);
    v_text := regexp_replace(v_text, '[[:space:][:punct:][:cntrl:]]+', ' ', 'g');
    v_text := regexp_replace(v_text,
        '[\u1100-\u11FF\u2E80-\u312F\u3131-\u318F\u31A0-\u31FF\u3400-\u4DBF\u4E00-\uA4CF\uA960-\uA97F\uAC00-\uD7FB'
        '\uF900-\uFAFF\U00016FE0-\U00018CFF\U0001AFF0-\U0001B2FF\U00020000-\U0003FFFF]+', U&' \0002\\& ', 'g');
    RETURN regexp_replace(v_text,
        '[\u0E00-\u0EFF\u1000-\u109F\u1780-\u17FF\u1950-\u19DF\u1A20-\u1AAF\u1B00-\u1B7F\uA980-\uA9FF\uAA60-\uAADF]+',
        U&' \0003\\& ', 'g');
END $$;

-- What the index holds of these words: themselves; the parts of words with letters and digits, so that `1.2` is found
-- in `v1.2`; the pairs or triples at every place of a run, of which the last ones are shorter. Each replacement takes
-- those that begin at its first, second or third character: the time grows with the text and not with its square.
CREATE OR REPLACE FUNCTION index_words(p_words text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
DECLARE
    v_words text := p_words;
    v_runs text;
    v_parts text := '';
BEGIN
    IF v_words ~ '[\u0002\u0003]' THEN
        v_words := regexp_replace(p_words, '[\u0002\u0003][^ ]*', '', 'g');
        IF p_words ~ '\u0002' THEN
            v_runs := regexp_replace(p_words, '(^| )[^\u0002 ][^ ]*', '', 'g');
            v_parts := regexp_replace(translate(v_runs, U&'\0002', ''), '[^ ]{2}', '\& ', 'g')
                || ' ' || regexp_replace(regexp_replace(v_runs, '\u0002[^ ]', '', 'g'), '[^ ]{2}', '\& ', 'g');
        END IF;
        IF p_words ~ '\u0003' THEN
            v_runs := regexp_replace(p_words, '(^| )[^\u0003 ][^ ]*', '', 'g');
            v_parts := v_parts
                || ' ' || regexp_replace(translate(v_runs, U&'\0003', ''), '[^ ]{3}', '\& ', 'g')
                || ' ' || regexp_replace(regexp_replace(v_runs, '\u0003[^ ]', '', 'g'), '[^ ]{3}', '\& ', 'g')
                || ' ' || regexp_replace(regexp_replace(v_runs, '\u0003[^ ]{1,2}', '', 'g'), '[^ ]{3}', '\& ', 'g');
        END IF;
    END IF;
    IF v_words ~ '[[:alpha:]][0-9]|[0-9][[:alpha:]]' THEN
        v_parts := v_parts
            || ' ' || regexp_replace(v_words, '[[:alpha:]](?=[0-9])|[0-9](?=[[:alpha:]])', '\& ', 'g');
    END IF;
    RETURN string_to_array(v_words || ' ' || v_parts, ' ');
END $$;

-- A user's part of the index: every word begins with it, so that a search, also one for the beginnings of words, reads
-- nothing of what others wrote. Two users may share it by chance, which costs time alone.
CREATE OR REPLACE FUNCTION user_mark(p_user_id uuid) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN encode(substr(uuid_send(p_user_id), 11), 'base64');

-- At most a million bytes, because a tsvector holds no more; only texts made for the purpose have so many words.
-- Its cost keeps the planner from computing it for every row where the index holds the result.
CREATE OR REPLACE FUNCTION search_words(p_user_id uuid, p_text text) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT COST 10000 AS $$
DECLARE
    -- One character may stand for eighteen (U+FDFA).
    v_folded text := left(public.fold_text(left(p_text, 100000)), 300000);
    v_mark text := public.user_mark(p_user_id);
    v_words text[] := public.index_words(public.split_words(v_folded));
    v_spelled_out text := public.spell_out(v_folded);
BEGIN
    IF v_spelled_out IS NOT NULL THEN
        v_words := v_words || public.index_words(public.split_words(v_spelled_out));
    END IF;
    IF cardinality(v_words) < 20000 THEN
        v_words := ARRAY(SELECT v_mark || left(word, 60) FROM unnest(v_words) words (word) WHERE word <> '');
    ELSE
        v_words := ARRAY(SELECT v_mark || word FROM (
            SELECT word, sum(octet_length(word) + 8) OVER (ORDER BY place) AS bytes FROM (
                SELECT left(word, 60) AS word, min(place) AS place
                FROM unnest(v_words) WITH ORDINALITY words (word, place) WHERE word <> '' GROUP BY 1
            ) distinct_words
        ) measured WHERE bytes < 1000000);
    END IF;
    RETURN array_to_tsvector(v_words);
END $$;
