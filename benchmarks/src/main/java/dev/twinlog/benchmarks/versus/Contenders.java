package dev.twinlog.benchmarks.versus;

import static dev.twinlog.DeliveryGuarantee.AT_LEAST_ONCE;
import static dev.twinlog.DeliveryGuarantee.EXACTLY_ONCE;

import dev.twinlog.kafka.DataPath;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** All contenders, in the order of the tables. */
final class Contenders {
  /** The contender that all ratios are against. */
  static final String REFERENCE = "mm2-tuned";

  /** The contender that does the least work. */
  static final String FLOOR = "relay";

  /** The contender that the targets are for. */
  static final String HEADLINE = "batches";

  /** The same without exactly-once, to measure what that costs. */
  static final String WITHOUT_LEDGER = "batches-at-least-once";

  /** The same with meters that are scraped, to measure what they cost. */
  static final String METERED = "batches-metered";

  /** The same from another build. */
  static final String BASELINE = "batches-baseline";

  private Contenders() {}

  /**
   * The contender {@code batches} from another build, to measure what the changes since then cost.
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
        new TwinlogContender(METERED, DataPath.BATCHES, true, EXACTLY_ONCE).metered(),
        new TwinlogContender("batches-plain-jvm", DataPath.BATCHES, false, EXACTLY_ONCE),
        new TwinlogContender("auto", DataPath.AUTO, false, EXACTLY_ONCE),
        new TwinlogContender("records", DataPath.RECORDS, false, EXACTLY_ONCE),
        new LoopContender(),
        new MirrorMakerContender(REFERENCE, true),
        new MirrorMakerContender("mm2-default", false));
  }

  /**
   * Those that run unless others are asked for: {@code auto} is one of the two it chooses from, and
   * what exactly once and meters cost are questions of their own.
   */
  static List<String> usual() {
    return all().stream()
        .map(Contender::name)
        .filter(name -> !Set.of("auto", WITHOUT_LEDGER, METERED).contains(name))
        .toList();
  }
}
