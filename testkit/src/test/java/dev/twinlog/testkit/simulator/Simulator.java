package dev.twinlog.testkit.simulator;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Runs simulations for a range of seeds and reports the seeds that fail. Arguments:
 *
 * <pre>
 * --seeds N    the number of seeds (default 1,000)
 * --from K     the first seed (default 0)
 * --seed X     this seed only
 * --trouble T  every seed with this compound fault only: {@code TARGET_TAIL}, ...
 * --move M     every seed with this move: {@code FAILOVER}, {@code SWITCHOVER}
 * --reverse    every seed that moves the link turns it round afterwards
 * --trace      prints every event
 * </pre>
 *
 * <p>Exits with 1 if a seed has failed.
 */
public final class Simulator {
  private static final int MOST_FAILURES = 10;

  private Simulator() {}

  /** What is made of every seed's scenario; null where that is left as it is. */
  private record Focus(
      @Nullable CompoundFault fault, Scenario.@Nullable Move move, boolean reverses)
      implements UnaryOperator<Scenario> {
    @Override
    public Scenario apply(Scenario drawn) {
      Scenario focused = fault == null ? drawn : drawn.in(fault);
      Scenario moved = move == null ? focused : focused.moving(move);
      return reverses ? moved.reversing(true) : moved;
    }

    String arguments() {
      return (fault == null ? "" : " --trouble " + fault)
          + (move == null ? "" : " --move " + move)
          + (reverses ? " --reverse" : "");
    }
  }

  /** The command that shows what happens in a seed. */
  static String replay(long seed) {
    return replay(seed, new Focus(null, null, false));
  }

  private static String replay(long seed, Focus focus) {
    return "mvn -q -Dquick -Psimulator compile -Dsimulator.args=\"--seed %d%s --trace\""
        .formatted(seed, focus.arguments());
  }

  /** Runs the seeds and ends the process. */
  public static void main(String[] args) {
    long from = 0;
    long seeds = 1_000;
    boolean traced = false;
    boolean reverses = false;
    CompoundFault fault = null;
    Scenario.Move move = null;
    for (int i = 0; i < args.length; i++) {
      switch (args[i]) {
        case "--seeds" -> seeds = Long.parseLong(args[++i]);
        case "--from" -> from = Long.parseLong(args[++i]);
        case "--seed" -> {
          from = Long.parseLong(args[++i]);
          seeds = 1;
        }
        case "--move" -> move = Scenario.Move.valueOf(args[++i]);
        case "--trouble" -> fault = CompoundFault.valueOf(args[++i]);
        case "--reverse" -> reverses = true;
        case "--trace" -> traced = true;
        default -> throw new IllegalArgumentException("unknown argument " + args[i]);
      }
    }
    System.exit(run(from, seeds, new Focus(fault, move, reverses), traced).isEmpty() ? 0 : 1);
  }

  private static List<Long> run(long from, long seeds, Focus focus, boolean traced) {
    long begun = System.nanoTime();
    List<Long> failed = new ArrayList<>();
    long seed = from;
    for (; seed < from + seeds && failed.size() < MOST_FAILURES; seed++) {
      try {
        new Simulation(seed, InstanceParts::new, focus, System.out::println, traced).run();
      } catch (RuntimeException | AssertionError e) {
        failed.add(seed);
        System.out.printf(Locale.ROOT, "seed %d: %s%n  %s%n", seed, e, replay(seed, focus));
        if (traced) {
          e.printStackTrace(System.out);
        }
      }
    }
    Duration took = Duration.ofNanos(System.nanoTime() - begun);
    System.out.printf(
        Locale.ROOT,
        "%d seeds from %d in %d s, %d a minute; failed: %s%n",
        seed - from,
        from,
        took.toSeconds(),
        Math.round((seed - from) * 60e9 / took.toNanos()),
        failed);
    return failed;
  }
}
