package dev.turnout.flags.document;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.turnout.flags.rule.Bucketing;
import dev.turnout.flags.rule.Condition;
import dev.turnout.flags.rule.Hash;

/** How bucketing stands in a flag or a migration: {@code bucketing: {hash: murmur3_32, salt: new-checkout}}; in a flag also {@code by}. */
final class BucketingFormat {
    private BucketingFormat() {}

    /** Of a flag or a migration; if it has no salt, its name is the salt. */
    static Bucketing read(Located entry, String name) {
        return entry.optional("bucketing").map(BucketingFormat::read).orElseGet(() -> new Bucketing(name));
    }

    private static Bucketing read(Located fields) {
        Hash hash = fields.required("hash").oneOf(Hash.class, Hash::word);
        String salt = fields.required("salt").text();
        return fields.into(any -> new Bucketing(hash, salt));
    }

    /** The attribute that is a flag's bucketing key. */
    static String readBy(Located flag) {
        return flag.optional("bucketing")
                .flatMap(fields -> fields.optional("by"))
                .map(Located::text)
                .orElse(Condition.TARGETING_KEY);
    }

    static void write(ObjectNode entry, Bucketing bucketing, String by) {
        ObjectNode fields = entry.putObject("bucketing")
                .put("hash", bucketing.hash().word())
                .put("salt", bucketing.salt());
        if (!by.equals(Condition.TARGETING_KEY)) {
            fields.put("by", by);
        }
    }
}
