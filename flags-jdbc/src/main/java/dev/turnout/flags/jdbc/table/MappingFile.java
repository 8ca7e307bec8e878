package dev.turnout.flags.jdbc.table;

import dev.turnout.flags.document.DocumentException;
import dev.turnout.flags.document.DocumentReader;
import dev.turnout.flags.document.Located;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** Reads the input of {@link SchemaMapping.Builder} from a file; of all its input only functions are not in files. */
final class MappingFile {
    private static final String FORMAT = "1";
    private static final int LARGEST = 4 << 20; // bytes

    private MappingFile() {}

    /**
     * Reads all of it before the first call of the builder.
     *
     * @throws DocumentException if it is not valid
     * @throws UncheckedIOException if it cannot be read
     */
    static void read(Path file, SchemaMapping.Builder into) {
        String name = String.valueOf(file.getFileName());
        List<Consumer<SchemaMapping.Builder>> steps =
                DocumentReader.readTexts(name, text(name, file), MappingFile::steps);
        steps.forEach(step -> step.accept(into));
    }

    private static List<Consumer<SchemaMapping.Builder>> steps(Located root) {
        List<Consumer<SchemaMapping.Builder>> steps = new ArrayList<>();
        Located version = root.required("version");
        if (!version.name().equals(FORMAT)) {
            throw version.problem("this library reads version " + FORMAT + " of the format, but was " + version.name());
        }
        root.optional("tables")
                .ifPresent(tables -> tables.entries().forEach((table, value) -> steps.add(table(table, value))));
        root.optional("all").ifPresent(all -> steps.addAll(all(all)));
        root.optional("exclude")
                .ifPresent(exclude -> exclude.entries().forEach((table, reason) -> {
                    String because = reason.name();
                    steps.add(builder -> builder.exclude(table, because));
                }));
        root.optional("withoutKeys")
                .filter(Located::bool)
                .ifPresent(yes -> steps.add(builder -> builder.withoutKeys()));
        root.nothingElse();
        return steps;
    }

    private static String text(String name, Path file) {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(LARGEST + 1);
        } catch (IOException e) {
            throw new UncheckedIOException("The mapping file " + file + " cannot be read: " + e.getMessage(), e);
        }
        if (bytes.length > LARGEST) {
            throw new DocumentException("", name + ":1:1: the file has more than " + LARGEST + " bytes");
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new DocumentException("", name + ":1:1: it is not text in UTF-8; save it with that encoding");
        }
    }

    private static List<Consumer<SchemaMapping.Builder>> all(Located all) {
        if (!all.isMap()) {
            return all.bool() ? List.of(SchemaMapping.Builder::all) : List.of();
        }
        List<Consumer<SchemaMapping.Builder>> steps = new ArrayList<>();
        all.entries().forEach((schema, target) -> {
            String into = target.name();
            steps.add(builder -> builder.all(schema, into));
        });
        return steps;
    }

    private static Consumer<SchemaMapping.Builder> table(String table, Located value) {
        if (value.isAbsent()) {
            return SchemaContents.Pattern.isOne(table)
                    ? builder -> builder.matching(table)
                    : builder -> builder.same(table);
        }
        boolean isSame = value.optional("same").map(Located::bool).orElse(true);
        String into = value.optional("into").map(Located::name).orElse(table);
        UnaryOperator<TableMapping.Builder> exceptions = exceptions(value);
        value.nothingElse();
        if (SchemaContents.Pattern.isOne(table)) {
            if (!isSame || !into.equals(table)) {
                throw value.problem(
                        "'" + table
                                + "' means all tables whose names match, which have neither 'into' nor 'same: false'; describe each of them by its name");
            }
            return builder -> builder.matching(table, exceptions);
        }
        if (isSame) {
            // Checked here, where its place is known, as far as no catalog is needed.
            make(value, () -> exceptions.apply(TableMapping.from(table).into(into)));
            return builder -> make(value, () -> builder.same(table, into, exceptions));
        }
        TableMapping mapping = make(
                value,
                () -> exceptions.apply(TableMapping.from(table).into(into)).build());
        return builder -> builder.add(mapping);
    }

    /** What is made of a value; an error names the value's place. */
    private static <T> T make(Located value, Supplier<T> made) {
        try {
            return made.get();
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw value.problem(Objects.requireNonNullElse(e.getMessage(), "it is not valid"));
        }
    }

    private static UnaryOperator<TableMapping.Builder> exceptions(Located table) {
        List<Consumer<TableMapping.Builder>> steps = new ArrayList<>();
        table.optional("key").ifPresent(key -> pairs(key, (from, to) -> steps.add(mapping -> mapping.key(from, to))));
        table.optional("withoutKey")
                .filter(Located::bool)
                .ifPresent(yes -> steps.add(TableMapping.Builder::withoutKey));
        table.optional("columns")
                .ifPresent(columns -> pairs(columns, (from, to) -> steps.add(mapping -> mapping.column(from, to))));
        table.optional("computed")
                .ifPresent(computed ->
                        texts(computed).forEach((column, sql) -> steps.add(mapping -> mapping.computed(column, sql))));
        table.optional("except")
                .ifPresent(except -> names(except).forEach(column -> steps.add(mapping -> mapping.except(column))));
        table.optional("unverified")
                .ifPresent(
                        columns -> names(columns).forEach(column -> steps.add(mapping -> mapping.unverified(column))));
        table.optional("version")
                .ifPresent(version -> names(version).forEach(column -> steps.add(mapping -> mapping.version(column))));
        table.optional("deleted").map(Located::name).ifPresent(column -> steps.add(mapping -> mapping.deleted(column)));
        return mapping -> {
            steps.forEach(step -> step.accept(mapping));
            return mapping;
        };
    }

    private static List<String> names(Located list) {
        return list.oneOrMore().stream().map(Located::name).toList();
    }

    private static Map<String, String> texts(Located map) {
        Map<String, String> texts = new LinkedHashMap<>();
        map.entries().forEach((name, value) -> texts.put(name, value.name()));
        return texts;
    }

    /** Columns, each by one name or as {@code old: new}. */
    private static void pairs(Located columns, BiConsumer<String, String> each) {
        for (Located column : columns.oneOrMore()) {
            if (column.isMap()) {
                texts(column).forEach(each);
            } else {
                each.accept(column.name(), column.name());
            }
        }
    }
}
