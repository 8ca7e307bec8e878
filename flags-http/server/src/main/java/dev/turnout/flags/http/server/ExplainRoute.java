package dev.turnout.flags.http.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.turnout.flags.EvaluationContext;
import dev.turnout.flags.EvaluationDetails;
import dev.turnout.flags.Explanation;
import dev.turnout.flags.Flags;
import dev.turnout.flags.FlagsSnapshot;
import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.http.server.AccessControl.Access;
import io.javalin.http.Context;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * {@code /flags/{name}/explain}: what a flag answers for a context, and why. GET knows a targeting key only; attributes, which may be a
 * person's, belong into a body and not into addresses that are logged on the way.
 */
final class ExplainRoute {
    private static final String TARGETING_KEY = "targetingKey";

    private final Flags flags;

    ExplainRoute(Flags flags) {
        this.flags = flags;
    }

    void addTo(Routes routes) {
        String path = "/api/v1/flags/{name}/explain";
        routes.get(path, ctx -> explain(ctx, ofQuery(ctx)), Access.READ);
        routes.post(path, ctx -> explain(ctx, ofBody(Requests.body(ctx))), Access.READ);
    }

    private void explain(Context ctx, EvaluationContext context) {
        EntryKey key = EntryRoutes.key(ctx, EntryKey.Kind.FLAG);
        FlagsSnapshot snapshot = flags.snapshot();
        if (!snapshot.document().flags().containsKey(key.name())) {
            throw EntryRoutes.absent(key);
        }
        FlagServer.answer(ctx, view(snapshot.explain(key.name(), context)));
    }

    private static ObjectNode view(Explanation explanation) {
        EvaluationDetails<Object> details = explanation.details();
        ObjectNode view = Json.object().put("name", details.flagKey());
        // Without a variant it would be the caller's own default, and here there is none.
        view.set(
                "value",
                details.variant().map(variant -> Json.valueOf(details.value())).orElse(null));
        view.put("variant", details.variant().orElse(null))
                .put("reason", details.reason().name())
                .put("rule", details.rule().isPresent() ? details.rule().getAsInt() : null)
                .put("revision", details.revision())
                .put("error", details.errorCode().map(Enum::name).orElse(null))
                .put("ageMillis", details.age().toMillis());
        ArrayNode steps = view.putArray("steps");
        explanation
                .steps()
                .forEach(step -> steps.addObject()
                        .put("part", step.part())
                        .put("passed", step.passed())
                        .put("why", step.why()));
        return view;
    }

    private static EvaluationContext ofQuery(Context ctx) {
        ctx.queryParamMap().keySet().stream()
                .filter(name -> !name.equals(TARGETING_KEY))
                .findFirst()
                .ifPresent(name -> {
                    throw Problem.badRequest(
                            "The only parameter is 'targetingKey'. Send attributes with POST, as JSON.");
                });
        String targetingKey = ctx.queryParam(TARGETING_KEY);
        return targetingKey == null ? EvaluationContext.empty() : EvaluationContext.of(targetingKey);
    }

    private static EvaluationContext ofBody(Fields body) {
        String targetingKey = body.optional(TARGETING_KEY)
                .map(value -> text(body.pointer(TARGETING_KEY), value))
                .orElse("");
        Map<String, Object> attributes = new LinkedHashMap<>();
        body.optional("attributes").ifPresent(value -> {
            String pointer = body.pointer("attributes");
            Fields.of(value, pointer);
            value.properties()
                    .forEach(entry -> attributes.put(
                            entry.getKey(), attribute(pointer + "/" + step(entry.getKey()), entry.getValue())));
        });
        body.nothingElse();
        return EvaluationContext.of(targetingKey).with(attributes);
    }

    private static Object attribute(String pointer, JsonNode value) {
        if (value.isNumber()) {
            if (Double.isInfinite(value.doubleValue())) {
                throw Problem.invalid(pointer, "the number is too large");
            }
            return value.numberValue();
        }
        if (value.isBoolean()) {
            return value.booleanValue();
        }
        if (value.isArray()) {
            List<String> texts = new ArrayList<>();
            for (int i = 0; i < value.size(); i++) {
                texts.add(text(pointer + "/" + i, value.get(i)));
            }
            return texts;
        }
        if (!value.isTextual()) {
            throw Problem.invalid(pointer, "text, true, false, a number or a list of texts was expected");
        }
        return value.textValue();
    }

    private static String text(String pointer, JsonNode value) {
        if (!value.isTextual()) {
            throw Problem.invalid(pointer, "text was expected");
        }
        return value.textValue();
    }

    /** A name as a step of a JSON pointer. */
    private static String step(String name) {
        return name.replace("~", "~0").replace("/", "~1");
    }
}
