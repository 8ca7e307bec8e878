package dev.turnout.flags.http.server;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;

/** The one way in which JSON is read and written here: strictly, and with bounds. */
final class Json {
    private static final int DEEPEST = 32;
    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(DEEPEST)
                            .maxNumberLength(100)
                            .build())
                    .build())
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS) // no silent infinity, no lost digits
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES) // in an object, 1.0 is not 1
            .build();

    private Json() {}

    static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    static ArrayNode array() {
        return MAPPER.createArrayNode();
    }

    static String write(JsonNode node) {
        return node.toString();
    }

    /** A variant's value. */
    static JsonNode valueOf(Object value) {
        return MAPPER.valueToTree(value);
    }

    /** Reads what a caller has sent; what is wrong with it becomes a {@link Problem}. */
    static JsonNode readBody(byte[] body) {
        try {
            JsonNode node = MAPPER.readTree(body);
            if (node.isMissingNode()) {
                throw Problem.invalid("", "a JSON object was expected, but the body is empty");
            }
            return node;
        } catch (JsonProcessingException e) {
            String pointer = e.getProcessor() instanceof JsonParser parser
                    ? parser.getParsingContext().pathAsPointer().toString()
                    : "";
            throw Problem.invalid(pointer, "it is not valid JSON: " + firstLine(e.getOriginalMessage()));
        } catch (IOException e) {
            throw new IllegalStateException("Bytes cannot fail to be read.", e);
        }
    }

    /** Embeds what core has written. */
    static JsonNode embedded(String canonical) {
        try {
            return MAPPER.readTree(canonical);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("What was written as JSON can be read again.", e);
        }
    }

    private static String firstLine(String message) {
        return message.lines().findFirst().orElse(message);
    }
}
