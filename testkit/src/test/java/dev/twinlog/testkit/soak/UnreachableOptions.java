package dev.twinlog.testkit.soak;

import dev.twinlog.kafka.DataPath;
import dev.twinlog.testkit.soak.SoakOptions.BadArguments;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;

/**
 * The command line options of the {@link UnreachableSoak}.
 *
 * @param rounds how often a broker can't be reached for a while
 * @param seconds for how long each time
 * @param rate records that the load writes in a second
 * @param path of the link
 * @param help whether only the usage is printed
 */
record UnreachableOptions(int rounds, int seconds, int rate, DataPath path, boolean help) {
  static final String USAGE =
      """
      Twinlog unreachable soak: a link between real clusters of three brokers under load.
      One broker after the other, of the source and of the target, can't be reached by the
      link alone, refused and silent in turn. Each second the status of every partition is
      compared with the true end; at the end every record is.

        --rounds N         so often a broker can't be reached (12: each of them both ways)
        --seconds N        for so long each time (40)
        --rate N           records a second (500)
        --path P           BATCHES (default) or RECORDS
        --help             this text

      From the command line of the build:
        mvn -q -Dquick -Pkills compile -Dkills.main=UnreachableSoak -Dkills.args="--rounds 60"

      Exit status: 0 all is right, 1 something was found, 2 bad arguments, 3 anything else.
      """;

  private static final int MOST = 1_000_000;

  /**
   * Reads a command line.
   *
   * @throws BadArguments with all errors of the command line
   */
  static UnreachableOptions parse(List<String> arguments) throws BadArguments {
    List<String> problems = new ArrayList<>();
    int rounds = 12;
    int seconds = 40;
    int rate = 500;
    DataPath path = DataPath.BATCHES;
    boolean help = false;
    Iterator<String> rest = arguments.iterator();
    while (rest.hasNext()) {
      String name = rest.next();
      switch (name) {
        case "--rounds" -> rounds = number(name, rest, problems);
        case "--seconds" -> seconds = number(name, rest, problems);
        case "--rate" -> rate = number(name, rest, problems);
        case "--path" -> path = path(name, rest, problems);
        case "--help", "-h" -> help = true;
        default -> problems.add("unknown argument " + name);
      }
    }
    if (!problems.isEmpty() && !help) {
      throw new BadArguments(problems);
    }
    return new UnreachableOptions(rounds, seconds, rate, path, help);
  }

  private static int number(String name, Iterator<String> rest, List<String> problems) {
    String value = rest.hasNext() ? rest.next() : "";
    try {
      int number = Integer.parseInt(value);
      if (number >= 1 && number <= MOST) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Reported as a number that is out of bounds.
    }
    problems.add("%s was \"%s\" but must be a number from 1 to %d".formatted(name, value, MOST));
    return 1;
  }

  private static DataPath path(String name, Iterator<String> rest, List<String> problems) {
    String value = rest.hasNext() ? rest.next() : "";
    for (DataPath one : List.of(DataPath.BATCHES, DataPath.RECORDS)) {
      if (one.name().equals(value.toUpperCase(Locale.ROOT))) {
        return one;
      }
    }
    problems.add("%s was \"%s\" but must be BATCHES or RECORDS".formatted(name, value));
    return DataPath.BATCHES;
  }
}
