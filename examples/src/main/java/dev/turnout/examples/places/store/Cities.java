package dev.turnout.examples.places.store;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/** The file that the old database was once filled from: real places, see {@code SOURCE.md} beside it. */
public final class Cities {
    /** How many there are. */
    public static final int COUNT = 135_233;

    private static final CSVFormat FORMAT =
            CSVFormat.RFC4180.builder().setHeader().setSkipHeaderRecord(true).get();

    private Cities() {}

    /** Every n-th place, to get about {@code limit} of them from all over the world; in the order of their numbers. */
    public static List<Place> read(int limit) {
        int step = Math.max(1, COUNT / limit);
        List<Place> places = new ArrayList<>(Math.min(limit, COUNT));
        try (CSVParser rows = FORMAT.parse(open())) {
            for (CSVRecord row : rows) {
                if (row.getRecordNumber() % step == 0 && places.size() < limit) {
                    places.add(place(row));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("The cities on the class path cannot be read.", e);
        }
        return places;
    }

    private static BufferedReader open() throws IOException {
        InputStream file = Objects.requireNonNull(Cities.class.getResourceAsStream("/cities.csv.gz"), "cities.csv.gz");
        return new BufferedReader(new InputStreamReader(new GZIPInputStream(file), StandardCharsets.UTF_8));
    }

    private static Place place(CSVRecord row) {
        return new Place(
                Long.parseLong(row.get("geoname_id")),
                row.get("name"),
                row.get("country").intern(), // few and often, and all of them stay in memory
                row.get("feature_code").intern(),
                row.get("admin1_code").intern(),
                row.get("admin2_code").intern(),
                Long.parseLong(row.get("population")),
                new BigDecimal(row.get("longitude")),
                new BigDecimal(row.get("latitude")));
    }
}
