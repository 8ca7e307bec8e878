package dev.turnout.flags.jdbc.rows;

/** See {@link KeyCodec#strings}. */
enum StringKeys implements KeyCodec<String> {
    INSTANCE;

    @Override
    public int compare(String one, String other) {
        int common = Math.min(one.length(), other.length());
        for (int i = 0; i < common; i++) {
            char left = one.charAt(i);
            char right = other.charAt(i);
            if (left != right) {
                // Surrogates stand for code points above all others, but are not the highest of the chars.
                boolean bothAlike = Character.isSurrogate(left) == Character.isSurrogate(right);
                return bothAlike ? Character.compare(left, right) : Character.isSurrogate(left) ? 1 : -1;
            }
        }
        return Integer.compare(one.length(), other.length());
    }

    @Override
    public String toText(String key) {
        return key;
    }

    @Override
    public String fromText(String text) {
        return text;
    }
}
