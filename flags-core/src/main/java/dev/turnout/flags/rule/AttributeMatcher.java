package dev.turnout.flags.rule;

import com.google.re2j.Pattern;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A condition on one attribute, made ready. */
abstract class AttributeMatcher implements Matcher {
    private final String attribute;
    private final Condition condition;

    private AttributeMatcher(String attribute, Condition condition) {
        this.attribute = attribute.intern(); // as the names in programs are, so most comparisons end at once
        this.condition = condition;
    }

    /** Whether a value that is there fulfils the condition; a value of another type does not. */
    abstract boolean accepts(Object value);

    /** What type the value must have; {@code null} if any, or if this one has it. */
    abstract @Nullable String expected(Object value);

    @Override
    public boolean matches(Subject subject) {
        Object value = subject.attribute(attribute);
        return value != null && accepts(value);
    }

    @Override
    public String why(Subject subject) {
        Object value = subject.attribute(attribute);
        if (value == null) {
            return "attribute '" + attribute + "' is missing";
        }
        String shown = attribute + " is " + (value instanceof String ? "'" + value + "'" : value);
        String expected = expected(value);
        if (expected != null) {
            return shown + ", but needs " + expected + " for: " + condition;
        }
        return shown + (accepts(value) ? ", so: " : ", not: ") + condition;
    }

    static Matcher equal(Condition.Equals condition) {
        Object wanted = condition.value();
        return new AttributeMatcher(condition.attribute(), condition) {
            @Override
            boolean accepts(Object value) {
                return wanted.equals(value);
            }

            @Override
            @Nullable
            String expected(Object value) {
                return areAlike(wanted, value) ? null : nameOf(wanted);
            }
        };
    }

    static Matcher in(Condition.In condition) {
        Set<Object> wanted = new HashSet<>(condition.values());
        return new AttributeMatcher(condition.attribute(), condition) {
            @Override
            boolean accepts(Object value) {
                return wanted.contains(value);
            }

            @Override
            @Nullable
            String expected(Object value) {
                boolean comparable = wanted.stream().anyMatch(one -> areAlike(one, value));
                return comparable ? null : nameOf(wanted.iterator().next());
            }
        };
    }

    static Matcher text(Condition.Text condition) {
        String[] texts = condition.texts().toArray(String[]::new);
        Condition.TextOperator operator = condition.operator();
        boolean ofLists = operator == Condition.TextOperator.CONTAINS;
        return new AttributeMatcher(condition.attribute(), condition) {
            @Override
            boolean accepts(Object value) {
                for (String text : texts) {
                    if (value instanceof String all ? accepts(all, text) : ofLists && hasElement(value, text)) {
                        return true;
                    }
                }
                return false;
            }

            private boolean accepts(String all, String text) {
                return switch (operator) {
                    case CONTAINS -> all.contains(text);
                    case STARTS_WITH -> all.startsWith(text);
                    case ENDS_WITH -> all.endsWith(text);
                };
            }

            @Override
            @Nullable
            String expected(Object value) {
                boolean fits = value instanceof String || (ofLists && value instanceof Collection);
                return fits ? null : ofLists ? "text or a list" : "text";
            }
        };
    }

    private static boolean hasElement(Object value, String text) {
        return value instanceof Collection<?> list && list.contains(text);
    }

    static Matcher range(Condition.Range condition) {
        Scale scale = condition.scale();
        Condition.Bound lower = condition.lower();
        Condition.Bound upper = condition.upper();
        return new AttributeMatcher(condition.attribute(), condition) {
            @Override
            boolean accepts(Object value) {
                Object understood = scale.understand(value);
                return understood != null && isInside(lower, understood, 1) && isInside(upper, understood, -1);
            }

            /** Whether the value is on the bound's side: {@code sign} is 1 for a lower bound and -1 for an upper one. */
            private boolean isInside(Condition.@Nullable Bound bound, Object value, int sign) {
                if (bound == null) {
                    return true;
                }
                int order = sign * scale.compare(value, bound.value());
                return order > 0 || (order == 0 && bound.inclusive());
            }

            @Override
            @Nullable
            String expected(Object value) {
                return scale.understand(value) == null ? scale.example() : null;
            }
        };
    }

    static Matcher cidr(Condition.Cidr condition) {
        List<IpNetwork> networks =
                condition.networks().stream().map(IpNetwork::parse).toList();
        return new AttributeMatcher(condition.attribute(), condition) {
            @Override
            boolean accepts(Object value) {
                IpNetwork address = value instanceof String text ? IpNetwork.address(text) : null;
                if (address == null) {
                    return false;
                }
                for (int i = 0; i < networks.size(); i++) { // no iterator: this is the deciding path
                    if (networks.get(i).contains(address)) {
                        return true;
                    }
                }
                return false;
            }

            @Override
            @Nullable
            String expected(Object value) {
                boolean fits = value instanceof String text && IpNetwork.address(text) != null;
                return fits ? null : "an IPv4 or IPv6 address";
            }
        };
    }

    static Matcher matches(Condition.Matches condition) {
        Pattern pattern = LinearRegex.compile(condition.pattern());
        return new AttributeMatcher(condition.attribute(), condition) {
            @Override
            boolean accepts(Object value) {
                return value instanceof String text && pattern.matches(text);
            }

            @Override
            @Nullable
            String expected(Object value) {
                return value instanceof String ? null : "text";
            }
        };
    }

    static Matcher present(Condition.Present condition) {
        Matcher present = new AttributeMatcher(condition.attribute(), condition) {
            @Override
            boolean accepts(Object value) {
                return true;
            }

            @Override
            @Nullable
            String expected(Object value) {
                return null;
            }
        };
        return condition.present() ? present : CompoundMatcher.not(present);
    }

    private static boolean areAlike(Object wanted, Object value) {
        return wanted.getClass() == value.getClass() || (wanted instanceof Number && value instanceof Number);
    }

    private static String nameOf(Object wanted) {
        return wanted instanceof String ? "text" : wanted instanceof Boolean ? "a boolean" : "a number";
    }
}
