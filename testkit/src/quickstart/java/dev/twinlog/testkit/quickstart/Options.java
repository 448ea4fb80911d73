package dev.twinlog.testkit.quickstart;

import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.spi.ConfigurationException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The command line options of the quick start.
 *
 * @param servers the user's own clusters; empty for embedded ones
 * @param records how many records are written before the replicator starts
 * @param seconds how long the steady load is watched
 * @param keep whether topics made in the user's own clusters stay there
 * @param failover whether a region is lost in the end
 * @param help whether only the usage is printed
 */
record Options(
    Optional<Servers> servers,
    int records,
    int seconds,
    boolean keep,
    boolean failover,
    boolean help) {

  /** The bootstrap servers of two clusters. */
  record Servers(String source, String target) {}

  /** Thrown for a command line with errors. */
  static final class BadArguments extends Exception {
    private final transient List<String> problems;

    BadArguments(List<String> problems) {
      super(String.join("; ", problems));
      this.problems = List.copyOf(problems);
    }

    /** The errors; never empty. */
    List<String> problems() {
      return problems;
    }
  }

  static final int DEFAULT_RECORDS = 250_000;
  static final int DEFAULT_SECONDS = 12;
  private static final int MAX_RECORDS = 5_000_000;
  private static final int MIN_SECONDS = 2;
  private static final int MAX_SECONDS = 600;

  static final String USAGE =
      """
      Twinlog quick start: watch a live, exact copy of Kafka topics, and check it.

        --records N       records at the source before the copy starts (%,d)
        --seconds N       how long to watch the steady load after that (%d)
        --source SERVERS  bootstrap servers of a cluster of yours to copy from
        --target SERVERS  bootstrap servers of a cluster of yours to copy to
        --keep            leave the topics that were made there
        --no-failover     end before a region is lost
        --help            this text

      Without --source and --target two clusters run in this process, and in the end
      two others, of which one is lost. With them,
      topics named twinlog-quickstart-... are made at the source and copied; no other
      topic is read or written. What was made is deleted on both sides at the end,
      unless --keep is given.

      From the command line of the build:
        mvn -q -Dquick -Pquickstart compile -Dquickstart.args="--records 50000"

      Exit status: 0 the copy is exact, 1 it is not, 2 bad arguments, 3 anything else.
      """
          .formatted(DEFAULT_RECORDS, DEFAULT_SECONDS);

  /**
   * Reads a command line.
   *
   * @throws BadArguments with all errors of the command line
   */
  static Options parse(List<String> arguments) throws BadArguments {
    Parser parser = new Parser();
    parser.read(arguments);
    return parser.options();
  }

  private static final class Parser {
    private final List<String> problems = new ArrayList<>();
    private @Nullable String source;
    private @Nullable String target;
    private int records = DEFAULT_RECORDS;
    private int seconds = DEFAULT_SECONDS;
    private boolean keep;
    private boolean failover = true;
    private boolean help;

    void read(List<String> arguments) {
      Iterator<String> rest = arguments.iterator();
      while (rest.hasNext()) {
        String argument = rest.next();
        int equals = argument.startsWith("--") ? argument.indexOf('=') : -1;
        String name = equals < 0 ? argument : argument.substring(0, equals);
        Iterator<String> values =
            equals < 0 ? rest : List.of(argument.substring(equals + 1)).iterator();
        switch (name) {
          case "--source" -> source = servers(name, values);
          case "--target" -> target = servers(name, values);
          case "--records" -> records = number(name, values, 1, MAX_RECORDS);
          case "--seconds" -> seconds = number(name, values, MIN_SECONDS, MAX_SECONDS);
          case "--keep" -> keep = true;
          case "--no-failover" -> failover = false;
          case "--help", "-h" -> help = true;
          default -> problems.add("unknown argument " + argument);
        }
      }
    }

    Options options() throws BadArguments {
      if ((source == null) != (target == null) && problems.isEmpty()) {
        problems.add("--source and --target go together: give both or none");
      }
      if (!problems.isEmpty() && !help) {
        throw new BadArguments(problems);
      }
      Optional<Servers> servers =
          source == null || target == null
              ? Optional.empty()
              : Optional.of(new Servers(source, target));
      return new Options(servers, records, seconds, keep, failover && servers.isEmpty(), help);
    }

    private @Nullable String servers(String name, Iterator<String> values) {
      String value = value(name, values);
      if (value == null) {
        return null;
      }
      try {
        return KafkaCluster.of(name.substring(2), value).bootstrapServers();
      } catch (ConfigurationException e) {
        e.problems().forEach(problem -> problems.add(name + ": " + problem));
        return value;
      }
    }

    private int number(String name, Iterator<String> values, int least, int most) {
      String value = value(name, values);
      if (value == null) {
        return least;
      }
      try {
        int number = Integer.parseInt(value);
        if (number >= least && number <= most) {
          return number;
        }
      } catch (NumberFormatException e) {
        // Reported as a number that is out of bounds.
      }
      problems.add(
          String.format(
              Locale.ROOT,
              "%s was \"%s\" but must be a number from %d to %d",
              name,
              value,
              least,
              most));
      return least;
    }

    private @Nullable String value(String name, Iterator<String> values) {
      if (values.hasNext()) {
        return values.next();
      }
      problems.add(name + " needs a value");
      return null;
    }
  }
}
