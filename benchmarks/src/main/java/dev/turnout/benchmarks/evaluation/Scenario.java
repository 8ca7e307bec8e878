package dev.turnout.benchmarks.evaluation;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What is asked. Question {@code i} is about user {@code i}, and about flag {@code flags()[i]}; the answers that are right follow
 * from the scenario and not from any engine.
 */
enum Scenario {
    /** Two flags, one for everyone and one for no user. */
    ON_OFF("on/off"),
    /** One flag, for half of the keys. */
    SHARE("50 % share"),
    /** One flag, for 30 % of those who are in one of three countries and have one plan; all users who are asked for are. */
    RULE("two conditions, then 30 %"),
    /** One flag with a rule for each of 20 teams; the users who are asked for are in the last one. */
    TWENTY_RULES("20 rules, the last matches"),
    /** 10,000 flags, half of them on, asked in no order. */
    MANY_FLAGS("10,000 flags at random"),
    /** One flag, for a group of 100,000 keys, in which half of the users are who are asked for. */
    COHORT("cohort of 100,000");

    /** Users who are asked for while measuring. */
    static final int USERS = 10_000;

    /** Users that are asked for only when answers are checked: those that a rule does not take. */
    static final int STRANGERS = 100;

    static final int FLAGS = 10_000;
    static final int MEMBERS = 100_000;
    static final int RULES = 20;
    static final Set<String> COUNTRIES = Set.of("DE", "AT", "CH");
    static final String PLAN = "pro";

    /** What an answer has to be. */
    enum Answer {
        ON,
        OFF,
        /** Either, but the same one each time. */
        BY_KEY
    }

    private final String title;

    Scenario(String title) {
        this.title = title;
    }

    String title() {
        return title;
    }

    /** The name on the command line. */
    String id() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    int flagCount() {
        return switch (this) {
            case ON_OFF -> 2;
            case MANY_FLAGS -> FLAGS;
            case SHARE, RULE, TWENTY_RULES, COHORT -> 1;
        };
    }

    /** The key of a flag: another instance each time, as the one in a program is not the one in the document. */
    String flagKey(int flag) {
        return switch (this) {
            case ON_OFF -> "new-checkout-" + (isOn(flag) ? "on" : "off");
            case MANY_FLAGS -> "new-checkout-" + flag;
            case SHARE, RULE, TWENTY_RULES, COHORT -> String.join("-", "new", "checkout");
        };
    }

    List<String> flagKeys() {
        return IntStream.range(0, flagCount()).mapToObj(this::flagKey).toList();
    }

    /** Whether a flag is on; for the scenarios whose flags are on for everyone or for no user. */
    boolean isOn(int flag) {
        return flag % 2 == 0;
    }

    /** The users that flags are asked for, then the unknown users. */
    List<User> users() {
        return IntStream.range(0, USERS + STRANGERS).mapToObj(this::user).toList();
    }

    private User user(int number) {
        String key = User.key(number);
        if (number < USERS) {
            String country = switch (number % 3) {
                case 0 -> "DE";
                case 1 -> "AT";
                default -> "CH";
            };
            return new User(key, country, PLAN, "team-" + RULES);
        }
        return number % 2 == 0
                ? new User(key, "FR", PLAN, "team-" + (1 + number % RULES))
                : new User(key, "DE", "free", "team-0");
    }

    /** The flags that are asked for, by question. */
    int[] flags() {
        int[] flags = new int[USERS + STRANGERS];
        List<Integer> order = shuffled(FLAGS);
        for (int i = 0; i < flags.length; i++) {
            flags[i] = this == MANY_FLAGS ? order.get(i % FLAGS) : i % flagCount();
        }
        return flags;
    }

    /** The members of the cohort: half of the users who are asked for, in no order, and others. */
    static List<String> members() {
        return Stream.concat(
                        IntStream.range(0, USERS).filter(Scenario::isMember).boxed(),
                        IntStream.range(USERS + STRANGERS, USERS + STRANGERS + MEMBERS - USERS / 2)
                                .boxed())
                .map(User::key)
                .toList();
    }

    private static final boolean[] MEMBER = halfOfTheUsers();

    private static boolean[] halfOfTheUsers() {
        boolean[] member = new boolean[USERS + STRANGERS];
        shuffled(USERS).subList(0, USERS / 2).forEach(user -> member[user] = true);
        return member;
    }

    private static boolean isMember(int user) {
        return MEMBER[user];
    }

    private static List<Integer> shuffled(int count) {
        List<Integer> numbers =
                new ArrayList<>(IntStream.range(0, count).boxed().toList());
        Collections.shuffle(numbers, new Random(20_26));
        return numbers;
    }

    /** What is right for a question. */
    Answer answer(int flag, int userNumber, User user) {
        return switch (this) {
            case ON_OFF, MANY_FLAGS -> isOn(flag) ? Answer.ON : Answer.OFF;
            case SHARE -> Answer.BY_KEY;
            case RULE -> COUNTRIES.contains(user.country()) && user.plan().equals(PLAN) ? Answer.BY_KEY : Answer.OFF;
            case TWENTY_RULES -> user.team().equals("team-0") ? Answer.OFF : Answer.ON;
            case COHORT -> isMember(userNumber) ? Answer.ON : Answer.OFF;
        };
    }

    /** The share of those whose answer is by key, in percent; 0 if there are none. */
    int percent() {
        return switch (this) {
            case SHARE -> 50;
            case RULE -> 30;
            case ON_OFF, TWENTY_RULES, MANY_FLAGS, COHORT -> 0;
        };
    }
}
