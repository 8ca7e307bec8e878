package dev.turnout.flags.document;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.turnout.flags.rule.Bucketing;
import dev.turnout.flags.rule.Cohort;
import dev.turnout.flags.rule.Condition;
import dev.turnout.flags.rule.Flag;
import dev.turnout.flags.rule.Flag.About;
import dev.turnout.flags.rule.FlagType;
import dev.turnout.flags.rule.Rule;
import dev.turnout.flags.rule.Schedule;
import dev.turnout.flags.rule.Share;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** How a flag and a cohort stand in a document. */
final class FlagFormat {
    private FlagFormat() {}

    static Cohort readCohort(String name, Located located) {
        Set<String> members = new LinkedHashSet<>();
        located.optional("members").ifPresent(list -> {
            for (Located item : list.items()) {
                if (!members.add(item.key())) {
                    throw item.problem("'" + item.key() + "' is a member already");
                }
            }
        });
        List<Condition> conditions = conditions(located);
        located.nothingElse();
        return new Cohort(name, members, conditions);
    }

    static void write(ObjectNode node, Cohort cohort) {
        texts(node, "members", cohort.members());
        ConditionFormat.write(node.putArray("when"), cohort.conditions());
    }

    private static List<Condition> conditions(Located located) {
        return located.optional("when").map(ConditionFormat::read).orElse(List.of());
    }

    static Flag readFlag(String key, Located located) {
        FlagType type = located.required("type").oneOf(FlagType.class, FlagType::word);
        Map<String, Object> variants = new LinkedHashMap<>();
        located.optional("variants")
                .ifPresentOrElse(
                        map -> map.entries().forEach((name, value) -> variants.put(name, variant(type, value))),
                        () -> variants.putAll(type == FlagType.BOOLEAN ? Flag.ON_OFF : Map.of()));
        List<Rule> rules = new ArrayList<>();
        located.optional("rules")
                .ifPresent(list -> list.items().forEach(item -> rules.add(item.into(FlagFormat::readRule))));
        Bucketing bucketing = BucketingFormat.read(located, key);
        String bucketBy = BucketingFormat.readBy(located);
        located.optional("bucketing").ifPresent(Located::nothingElse);
        Flag flag = new Flag(
                key,
                type,
                located.optional("enabled").map(Located::bool).orElse(true),
                variants,
                located.required("default").text(),
                prerequisites(located),
                located.optional("schedule").map(FlagFormat::schedule).orElse(Schedule.ALWAYS),
                rules,
                bucketing,
                bucketBy,
                new About(
                        located.optional("description").map(Located::text).orElse(""),
                        located.optional("owner").map(Located::text).orElse(""),
                        located.optional("tags").map(FlagFormat::distinctTexts).orElse(Set.of()),
                        located.optional("expires").map(Located::date).orElse(null)));
        located.nothingElse();
        return flag;
    }

    private static Object variant(FlagType type, Located value) {
        return switch (type) {
            case OBJECT -> value.json();
            case STRING -> value.text();
            default -> value.scalar();
        };
    }

    private static Map<String, Set<String>> prerequisites(Located located) {
        Map<String, Set<String>> prerequisites = new LinkedHashMap<>();
        located.optional("requires")
                .ifPresent(map ->
                        map.entries().forEach((flag, variants) -> prerequisites.put(flag, distinctTexts(variants))));
        return prerequisites;
    }

    private static Set<String> distinctTexts(Located list) {
        Set<String> texts = new LinkedHashSet<>();
        for (Located item : list.oneOrMore()) {
            if (!texts.add(item.text())) {
                throw item.problem("'" + item.text() + "' stands here a second time");
            }
        }
        return texts;
    }

    private static Schedule schedule(Located located) {
        Schedule schedule = located.into(fields -> new Schedule(
                fields.optional("from").map(Located::instant).orElse(null),
                fields.optional("until").map(Located::instant).orElse(null)));
        located.nothingElse();
        return schedule;
    }

    private static Rule readRule(Located located) {
        List<String> cohorts = new ArrayList<>();
        located.optional("cohorts").ifPresent(list -> list.items().forEach(item -> cohorts.add(item.text())));
        List<Condition> conditions = conditions(located);
        Share share = located.optional("share").map(FlagFormat::share).orElse(Share.EVERYONE);
        Map<String, Integer> split = new LinkedHashMap<>();
        located.optional("variant").ifPresent(variant -> split.put(variant.text(), Bucketing.PARTS));
        located.optional("split").ifPresent(parts -> {
            if (!split.isEmpty()) {
                throw located.problem("a rule has either 'variant' or 'split'");
            }
            parts.entries().forEach((variant, ppm) -> split.put(variant, ppm(ppm)));
            checkSum(parts, split);
        });
        if (split.isEmpty()) {
            throw located.problem("'variant' is missing, or 'split'");
        }
        located.nothingElse();
        return new Rule(cohorts, conditions, share, split);
    }

    /** What the rule checks too; but here with the line of the split. */
    private static void checkSum(Located parts, Map<String, Integer> split) {
        parts.into(any -> new Rule(List.of(), List.of(), Share.EVERYONE, split));
    }

    private static Share share(Located located) {
        if (!located.isList()) {
            return Share.of(ppm(located));
        }
        List<Share.Step> steps = new ArrayList<>();
        for (Located item : located.items()) {
            steps.add(new Share.Step(item.required("from").instant(), ppm(item.required("share"))));
            item.nothingElse();
        }
        if (steps.isEmpty()) {
            throw located.problem("a share that changes with time has at least one step");
        }
        return located.into(any -> new Share(0, steps));
    }

    /** A share of parts per million. */
    static int ppm(Located located) {
        long share = located.wholeNumber();
        return located.into(any -> Bucketing.checkShare(share));
    }

    /** Everything that decides is written; what may be left open is left out if it was. */
    static void write(ObjectNode node, Flag flag) {
        About about = flag.about();
        node.put("type", flag.type().word()).put("description", about.description());
        if (!about.owner().isEmpty()) {
            node.put("owner", about.owner());
        }
        if (!about.tags().isEmpty()) {
            texts(node, "tags", about.tags());
        }
        if (about.expires() != null) {
            node.put("expires", about.expires().toString());
        }
        node.put("enabled", flag.enabled());
        ObjectNode variants = node.putObject("variants");
        flag.variants().forEach(variants::putPOJO);
        node.put("default", flag.defaultVariant());
        if (!flag.prerequisites().isEmpty()) {
            ObjectNode requires = node.putObject("requires");
            flag.prerequisites().forEach((other, names) -> texts(requires, other, names));
        }
        write(node, flag.schedule());
        ArrayNode rules = node.putArray("rules");
        flag.rules().forEach(rule -> write(rules.addObject(), rule));
        BucketingFormat.write(node, flag.bucketing(), flag.bucketBy());
    }

    private static void write(ObjectNode node, Schedule schedule) {
        if (schedule.equals(Schedule.ALWAYS)) {
            return;
        }
        ObjectNode fields = node.putObject("schedule");
        if (schedule.from() != null) {
            fields.put("from", schedule.from().toString());
        }
        if (schedule.until() != null) {
            fields.put("until", schedule.until().toString());
        }
    }

    private static void write(ObjectNode node, Rule rule) {
        texts(node, "cohorts", rule.cohorts());
        ConditionFormat.write(node.putArray("when"), rule.conditions());
        if (rule.share().steps().isEmpty()) {
            node.put("share", rule.share().ppm());
        } else {
            ArrayNode steps = node.putArray("share");
            rule.share()
                    .steps()
                    .forEach(step -> steps.addObject()
                            .put("from", step.from().toString())
                            .put("share", step.ppm()));
        }
        if (rule.split().size() == 1) {
            node.put("variant", rule.split().keySet().iterator().next());
        } else {
            ObjectNode split = node.putObject("split");
            rule.split().forEach(split::put);
        }
    }

    private static void texts(ObjectNode node, String name, Collection<String> texts) {
        ArrayNode array = node.putArray(name);
        texts.forEach(array::add);
    }
}
