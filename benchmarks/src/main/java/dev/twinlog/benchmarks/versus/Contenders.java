package dev.twinlog.benchmarks.versus;

import static dev.twinlog.DeliveryGuarantee.AT_LEAST_ONCE;
import static dev.twinlog.DeliveryGuarantee.EXACTLY_ONCE;

import dev.twinlog.kafka.DataPath;
import java.nio.file.Path;
import java.util.List;

/** All contenders, in the order of the tables. */
final class Contenders {
  /** What all ratios are against. */
  static final String REFERENCE = "mm2-tuned";

  /** What a link could not beat by much. */
  static final String FLOOR = "relay";

  /** Whose figures are held against the targets. */
  static final String HEADLINE = "batches";

  /** What the promise of exactly once is weighed against. */
  static final String WITHOUT_LEDGER = "batches-at-least-once";

  /** The headline's link from another build. */
  static final String BASELINE = "batches-baseline";

  private Contenders() {}

  /**
   * The headline's link from another build, to see what the changes since then cost.
   *
   * @param jar the {@code benchmarks.jar} of that build
   */
  static Contender baseline(Path jar) {
    return new TwinlogContender(HEADLINE, DataPath.BATCHES, true, EXACTLY_ONCE).of(BASELINE, jar);
  }

  static List<Contender> all() {
    return List.of(
        new RelayContender(),
        new TwinlogContender(HEADLINE, DataPath.BATCHES, true, EXACTLY_ONCE),
        new TwinlogContender(WITHOUT_LEDGER, DataPath.BATCHES, true, AT_LEAST_ONCE),
        new TwinlogContender("batches-plain-jvm", DataPath.BATCHES, false, EXACTLY_ONCE),
        new TwinlogContender("auto", DataPath.AUTO, false, EXACTLY_ONCE),
        new TwinlogContender("records", DataPath.RECORDS, false, EXACTLY_ONCE),
        new LoopContender(),
        new MirrorMakerContender(REFERENCE, true),
        new MirrorMakerContender("mm2-default", false));
  }

  /**
   * Those that run unless others are asked for: {@code auto} is one of the two it chooses from, and
   * what exactly once costs is a question of its own.
   */
  static List<String> usual() {
    return all().stream()
        .map(Contender::name)
        .filter(name -> !name.equals("auto") && !name.equals(WITHOUT_LEDGER))
        .toList();
  }
}
