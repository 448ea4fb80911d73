package dev.twinlog.testkit.soak;

import dev.twinlog.kafka.DataPath;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The command line options of the kill soak.
 *
 * @param seconds how long faults are injected at most; 0 for no limit
 * @param kills how many SIGKILLs of the replicator are to be reached; 0 if only the time counts
 * @param zombies how many zombies
 * @param brokerKills how many SIGKILLs of brokers
 * @param seed decides which faults come in which order; their exact times depend on the machine
 * @param path of the link
 * @param atLeastOnce whether the link repeats records and is allowed to
 * @param oldDays how old the records of the load are, in days
 * @param rate records that the load writes in a second
 * @param debug whether the replicators log their decisions
 * @param keep whether the directory with the logs stays
 * @param help whether only the usage is printed
 */
record SoakOptions(
    int seconds,
    int kills,
    int zombies,
    int brokerKills,
    long seed,
    DataPath path,
    boolean atLeastOnce,
    int oldDays,
    int rate,
    boolean debug,
    boolean keep,
    boolean help) {
  static final int DEFAULT_MINUTES = 5;
  static final int DEFAULT_RATE = 1_000;

  static final String USAGE =
      """
      Twinlog kill soak: a link between real clusters under load, while the replicator,
      brokers and the network fail at random moments; at the end every record is compared.

        --minutes N        make faults for N minutes at most (%d, or no limit with counts)
        --seconds N        the same in seconds
        --kills N          ... until the replicator was killed N times (SIGKILL)
        --zombies N        ... and N frozen ones woke up after another had taken over
        --broker-kills N   ... and N brokers were killed and started again
        --path P           BATCHES (default) or RECORDS
        --at-least-once    a link that may repeat records; duplicates are counted only
        --old-records DAYS records of that age, so that brokers forget their producers
        --rate N           records a second (%d)
        --seed N           decides about the faults; printed at the start
        --debug            replicators log their decisions as well
        --keep             leave the directory with timeline and logs in any case
        --help             this text

      From the command line of the build:
        mvn -q -Dquick -Pkills compile -Dkills.args="--kills 200 --zombies 50 --broker-kills 100"

      Exit status: 0 all is right, 1 something was found, 2 bad arguments, 3 anything else.
      """
          .formatted(DEFAULT_MINUTES, DEFAULT_RATE);

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

  /** Whether faults are injected until their numbers are reached. */
  boolean hasCounts() {
    return kills + zombies + brokerKills > 0;
  }

  /**
   * Reads a command line.
   *
   * @throws BadArguments with all errors of the command line
   */
  static SoakOptions parse(List<String> arguments) throws BadArguments {
    Parser parser = new Parser();
    parser.read(arguments);
    return parser.options();
  }

  private static final class Parser {
    private static final int MOST = 1_000_000;

    private final List<String> problems = new ArrayList<>();
    private int seconds;
    private int kills;
    private int zombies;
    private int brokerKills;
    private long seed = System.nanoTime() % MOST;
    private DataPath path = DataPath.BATCHES;
    private boolean atLeastOnce;
    private int oldDays;
    private int rate = DEFAULT_RATE;
    private boolean debug;
    private boolean keep;
    private boolean help;

    void read(List<String> arguments) {
      Iterator<String> rest = arguments.iterator();
      while (rest.hasNext()) {
        String name = rest.next();
        switch (name) {
          case "--minutes" -> seconds = 60 * number(name, rest, 1);
          case "--seconds" -> seconds = number(name, rest, 1);
          case "--kills" -> kills = number(name, rest, 0);
          case "--zombies" -> zombies = number(name, rest, 0);
          case "--broker-kills" -> brokerKills = number(name, rest, 0);
          case "--seed" -> seed = number(name, rest, 0);
          case "--path" -> path = path(name, rest);
          case "--at-least-once" -> atLeastOnce = true;
          case "--old-records" -> oldDays = number(name, rest, 1);
          case "--rate" -> rate = number(name, rest, 1);
          case "--debug" -> debug = true;
          case "--keep" -> keep = true;
          case "--help", "-h" -> help = true;
          default -> problems.add("unknown argument " + name);
        }
      }
    }

    SoakOptions options() throws BadArguments {
      if (!problems.isEmpty() && !help) {
        throw new BadArguments(problems);
      }
      SoakOptions read =
          new SoakOptions(
              seconds,
              kills,
              zombies,
              brokerKills,
              seed,
              path,
              atLeastOnce,
              oldDays,
              rate,
              debug,
              keep,
              help);
      return seconds == 0 && !read.hasCounts() ? read.lasting(60 * DEFAULT_MINUTES) : read;
    }

    private DataPath path(String name, Iterator<String> rest) {
      String value = value(name, rest);
      if (value == null) {
        return path;
      }
      try {
        DataPath read = DataPath.valueOf(value.toUpperCase(Locale.ROOT));
        if (read != DataPath.AUTO) {
          return read;
        }
      } catch (IllegalArgumentException e) {
        // Reported as an unknown path.
      }
      problems.add(name + " was \"" + value + "\" but must be BATCHES or RECORDS");
      return path;
    }

    private int number(String name, Iterator<String> rest, int least) {
      String value = value(name, rest);
      if (value == null) {
        return least;
      }
      try {
        int number = Integer.parseInt(value);
        if (number >= least && number <= MOST) {
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
              MOST));
      return least;
    }

    private @Nullable String value(String name, Iterator<String> rest) {
      if (rest.hasNext()) {
        return rest.next();
      }
      problems.add(name + " needs a value");
      return null;
    }
  }

  private SoakOptions lasting(int limit) {
    return new SoakOptions(
        limit,
        kills,
        zombies,
        brokerKills,
        seed,
        path,
        atLeastOnce,
        oldDays,
        rate,
        debug,
        keep,
        help);
  }
}
