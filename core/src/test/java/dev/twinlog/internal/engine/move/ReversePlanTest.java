package dev.twinlog.internal.engine.move;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.OnDivergence;
import dev.twinlog.ReverseOptions;
import dev.twinlog.internal.progress.MoveEntries;
import dev.twinlog.internal.progress.MoveHeader;
import dev.twinlog.internal.progress.MovedTopics;
import dev.twinlog.internal.progress.ReverseEntries;
import dev.twinlog.internal.progress.ReverseEntries.Resend;
import dev.twinlog.internal.progress.Seam;
import dev.twinlog.internal.progress.Seam.Contact;
import dev.twinlog.internal.progress.SeedHeader;
import dev.twinlog.internal.progress.SeededPartition;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.PartitionMapper;
import dev.twinlog.spi.Route;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Tests which moved links can be reversed, and what their reversal begins with. */
final class ReversePlanTest {
  private static final TopicPartition SECOND = new TopicPartition("orders", 1);
  private static final TopicPartition BILLS = new TopicPartition("bills", 0);
  private static final ReverseOptions REFUSE = ReverseOptions.defaults();
  private static final ReverseOptions KEEP = REFUSE.onDivergence(OnDivergence.KEEP);
  private static final ReverseOptions RESEND = REFUSE.onDivergence(OnDivergence.RESEND);
  private static final ReverseOptions COPY_ALL = REFUSE.copyAll(TopicSelector.named("orders"));
  private static final String NONE = "";
  private static final String CANT_TELL =
      "us-east has removed the records up to offset 12, of which the target has some behind the saved progress, so RESEND can't tell what is to be copied: use KEEP";

  /**
   * What is so, and what the only refusal contains; empty if there is none.
   *
   * @param name of the reverse link
   */
  private record Row(
      String what,
      ReverseOptions options,
      String name,
      String refusal,
      Consumer<ReverseCase> change) {
    @Override
    public String toString() {
      return "%s, %s".formatted(what, options.onDivergence());
    }
  }

  private static Row row(
      String what, ReverseOptions options, String refusal, Consumer<ReverseCase> change) {
    return new Row(what, options, "dr-back", refusal, change);
  }

  private static ReversePlan plan(ReverseCase given, ReverseOptions options, String name) {
    ReversePlan plan =
        new ReversePlan(given.parts(), options, given.moved(), name, Optional.empty());
    plan.find();
    return plan;
  }

  private static Stream<Row> links() {
    return Stream.of(
        row("all is copied", REFUSE, NONE, it -> {}),
        row("all is copied", RESEND, NONE, it -> {}),
        row("it was not moved", REFUSE, "was not moved", it -> it.link.entries.clear()),
        row(
            "its move is not finished",
            REFUSE,
            "is not finished",
            it ->
                it.save(MoveEntries.of(new MoveHeader(UUID.randomUUID(), "failover", "b", 1, -1)))),
        row("some topics were moved", REFUSE, "only some topics", ReversePlanTest::moveSome),
        row(
            "another cluster is given",
            REFUSE,
            "has read cluster elsewhere",
            it -> {
              it.target.links.clear();
              it.target.links.add(describe("elsewhere", it, "orders"));
            }),
        new Row("no name of a link", REFUSE, "no name", "give it another one", it -> {}),
        row(
            "the name is in use",
            REFUSE,
            "writes into us-east already",
            it -> it.opposite("dr-back")),
        row(
            "the link of that name was reversed by this one",
            REFUSE,
            NONE,
            it -> ReverseCase.reversed(it.opposite("dr-back"), ReverseCase.LINK)),
        row(
            "the link of that name was reversed by another one",
            REFUSE,
            "writes into us-east already",
            it -> ReverseCase.reversed(it.opposite("dr-back"), "other")),
        row(
            "a link of that name was not seeded to the end",
            REFUSE,
            NONE,
            it -> ReverseCase.seeded(it.opposite("dr-back"), UUID.randomUUID(), -1)),
        row(
            "a link of that name was seeded",
            REFUSE,
            "it is the reverse of link dr",
            it -> ReverseCase.seeded(it.opposite("dr-back"), UUID.randomUUID(), 5)),
        row(
            "topics are renamed in two ways",
            REFUSE,
            "give a topicMapper",
            it -> {
              it.target.links.clear();
              it.target.links.add(describe(it.source.name, it, "copied"));
            }));
  }

  private static Stream<Row> partitions() {
    TopicPartition orders = ReverseCase.ORDERS;
    return Stream.of(
        row(
            "it is spread",
            REFUSE,
            "spread over 2 target partitions",
            it ->
                it.progress(
                    orders,
                    10,
                    "",
                    List.of(new Route(orders, orders), new Route(orders, SECOND)),
                    5)),
        row(
            "it has another number",
            REFUSE,
            "change their numbers",
            it -> it.progress(new Route(orders, SECOND), 10, 20)),
        row(
            "a transform has changed it",
            REFUSE,
            "a transform has changed or dropped",
            it ->
                it.progress(
                    orders, 10, "transform=1;mapper=x", List.of(new Route(orders, orders)), 20)),
        row(
            "two were merged",
            COPY_ALL,
            "orders-0 and orders-1 were copied to orders-0",
            it -> {
              it.source.delete(orders);
              it.progress(new Route(SECOND, orders), 10, 20);
            }),
        row(
            "the source has lost records",
            REFUSE,
            "was copied up to 10: it has lost records",
            it -> it.source.ends.put(orders, 8L)),
        row(
            "transactions are open",
            KEEP,
            "transactions are open in us-east from offset 10 on",
            it -> {
              it.source.append(orders, "ab");
              it.source.stable.put(orders, 10L);
            }),
        row(
            "the target's topic is gone",
            REFUSE,
            "orders-0 does not exist in eu-west any more",
            it -> it.target.delete(orders)),
        row(
            "the target was recreated",
            REFUSE,
            "ends at offset 3 in eu-west, but was written up to 20",
            it -> it.target.ends.put(orders, 3L)),
        row(
            "the source's topic is gone",
            REFUSE,
            "does not exist in us-east any more; let the reverse link copy it whole",
            it -> it.source.delete(orders)),
        row("it is gone, and copied whole", COPY_ALL, NONE, it -> it.source.delete(orders)),
        row(
            "the source's topic was recreated",
            REFUSE,
            "was recreated in us-east",
            it -> it.source.ids.put("orders", Uuid.randomUuid())),
        row(
            "it is to be copied whole, and has records",
            COPY_ALL,
            "has records in us-east from offset 0 to 10: delete the topic there first",
            it -> {}),
        row(
            "it has no seam",
            REFUSE.acceptUnprovedSeams(),
            "it has no seam, so where its copy has ended",
            it -> it.link.entries.keySet().removeIf(key -> key.startsWith("move/partition"))));
  }

  private static Stream<Row> seams() {
    return Stream.of(
        row("its seam isn't proved", REFUSE, "copied at least once", ReversePlanTest::unprove),
        row(
            "its seam isn't proved, which is accepted",
            REFUSE.acceptUnprovedSeams(),
            NONE,
            ReversePlanTest::unprove),
        row(
            "its seam isn't proved, and it has diverged",
            RESEND.acceptUnprovedSeams(),
            "so RESEND can't tell what is to be copied; use KEEP",
            it -> {
              unprove(it);
              it.source.append(ReverseCase.ORDERS, "abc");
            }),
        row(
            "it has diverged",
            REFUSE,
            "us-east has 3 records that were never copied (orders: 3)",
            it -> it.source.append(ReverseCase.ORDERS, "abc")),
        row("it has diverged", KEEP, NONE, it -> it.source.append(ReverseCase.ORDERS, "abc")),
        row("it has diverged", RESEND, NONE, it -> it.source.append(ReverseCase.ORDERS, "abc")),
        row(
            "a transform would not be applied",
            RESEND,
            "without the transform of link dr, so use KEEP",
            it -> {
              it.source.append(ReverseCase.ORDERS, "abc");
              it.copier.transforms = true;
            }),
        row(
            "a copying with RESEND was begun",
            KEEP,
            "call it with RESEND again",
            it -> beginResend(it, -1)),
        row(
            "what both have behind the saved progress is the same",
            REFUSE,
            NONE,
            it -> hold(it, "abc", "abc")),
        row("retention has removed some of it", RESEND, CANT_TELL, it -> retain(it, "abcd")),
        row("retention has removed some of it", KEEP, NONE, it -> retain(it, "abcd")),
        row("it is removed, and nothing has diverged", RESEND, NONE, it -> retain(it, "abc")),
        row(
            "records behind the seam are removed",
            RESEND,
            NONE,
            it -> {
              it.source.append(ReverseCase.ORDERS, "abc");
              it.source.starts.put(ReverseCase.ORDERS, 12L);
            }),
        row(
            "what they have behind it is not the same",
            KEEP,
            "source offset 11 has another record than target offset 21",
            it -> hold(it, "aXc", "abc")),
        row(
            "the source has less behind it",
            KEEP,
            "the source has no copy of target offset 21, and of 2 records from there on",
            it -> hold(it, "a", "abc")));
  }

  /** How the link would copy a second partition, of which it has copied nothing. */
  private static Stream<Row> neverCopied() {
    String elsewhere =
        "orders-1: the partition mapper of link dr would copy its records to another partition of orders";
    PartitionMapper.ByRecord keyHash = (PartitionMapper.ByRecord) PartitionMapper.keyHash();
    return Stream.of(
        row("identity", RESEND, NONE, it -> never(it, PartitionMapper.identity())),
        row("modulo", RESEND, elsewhere, it -> never(it, PartitionMapper.modulo())),
        row("modulo", KEEP, NONE, it -> never(it, PartitionMapper.modulo())),
        row("key hash", RESEND, elsewhere, it -> never(it, keyHash)),
        row(
            "modulo, of as many partitions",
            RESEND,
            NONE,
            it -> {
              never(it, PartitionMapper.modulo());
              it.target.append(SECOND, "");
            }),
        row(
            "modulo, without records",
            RESEND,
            NONE,
            it -> {
              it.copier.mapper = PartitionMapper.modulo();
              it.source.append(SECOND, "");
            }));
  }

  private static LinkDescription describe(String sourceId, ReverseCase it, String into) {
    return new LinkDescription(
        ReverseCase.LINK,
        sourceId,
        it.target.name,
        Map.of("orders", "orders", "bills", into.equals("copied") ? "x-" + into : "bills"));
  }

  private static void moveSome(ReverseCase it) {
    it.link.entries.clear();
    MoveEntries.ofDone(new MovedTopics(ReverseCase.MOVE, 0, Set.of("orders"))).forEach(it::save);
  }

  private static void unprove(ReverseCase it) {
    it.seam(
        ReverseCase.ORDERS,
        new Seam(false, "", 10, Map.of(ReverseCase.ORDERS, 20L), Map.of(), new Contact(10, 1, 1)));
  }

  private static void beginResend(ReverseCase it, long ended) {
    SeedHeader header =
        new SeedHeader(UUID.randomUUID(), ReverseCase.MOVE.id(), ReverseCase.LINK, "b", 1, ended);
    ReverseEntries.of(
            new Resend(
                Optional.of(header),
                Map.of(
                    ReverseCase.ORDERS, new SeededPartition(ReverseCase.ORDERS, 10, 13, 20, 0, 3))))
        .forEach(it::save);
  }

  /** Both clusters have records behind the saved progress. */
  private static void hold(ReverseCase it, String atSource, String inTarget) {
    it.source.append(ReverseCase.ORDERS, atSource);
    it.target.append(ReverseCase.ORDERS, inTarget);
    long seam = 20L + inTarget.length();
    it.seam(
        ReverseCase.ORDERS,
        new Seam(
            true,
            "",
            10,
            Map.of(ReverseCase.ORDERS, seam),
            Map.of(ReverseCase.ORDERS, (long) inTarget.length()),
            new Contact(10, 1, 1)));
  }

  private static void retain(ReverseCase it, String atSource) {
    hold(it, atSource, "abc");
    it.source.starts.put(ReverseCase.ORDERS, 12L);
    Objects.requireNonNull(it.source.logs.get(ReverseCase.ORDERS)).headMap(12L).clear();
  }

  private static void never(ReverseCase it, PartitionMapper mapper) {
    it.copier.mapper = mapper;
    it.source.append(SECOND, "abc");
  }

  @ParameterizedTest
  @MethodSource({"links", "partitions", "seams", "neverCopied"})
  void movedLink_isRefusedOrNot(Row row) {
    ReverseCase given = new ReverseCase();
    row.change().accept(given);
    ReversePlan plan = plan(given, row.options(), row.name());
    if (row.refusal().isEmpty()) {
      assertThat(plan.refusals()).isEmpty();
    } else {
      assertThat(plan.refusals()).singleElement().asString().contains(row.refusal());
    }
  }

  @Test
  void severalThings_areSaidAtOnce() {
    ReverseCase given = new ReverseCase();
    given.opposite("dr-back");
    moveSome(given);
    assertThat(plan(given, REFUSE, "dr-back").refusals())
        .satisfiesExactly(
            why -> assertThat(why).contains("only some topics"),
            why -> assertThat(why).contains("writes into us-east already"));
  }

  @Test
  void partitionsWithTheSameReason_areNamedTogether() {
    ReverseCase given = new ReverseCase();
    for (int i = 0; i < 7; i++) {
      TopicPartition partition = new TopicPartition("orders", i);
      given.progress(new Route(partition, new TopicPartition("orders", i + 10)), 10, 20);
    }
    assertThat(plan(given, REFUSE, "dr-back").refusals())
        .anyMatch(why -> why.startsWith("orders-0: it was copied to orders-10"))
        .hasSize(7);
    given = new ReverseCase();
    for (int i = 0; i < 7; i++) {
      TopicPartition partition = new TopicPartition("orders", i);
      given.progress(partition, 10, "", List.of(), 20);
    }
    assertThat(plan(given, REFUSE, "dr-back").refusals())
        .singleElement()
        .asString()
        .startsWith("orders-0, orders-1, orders-2, orders-3, orders-4 and 2 more: ");
  }

  @Test
  void seams_areWhereBothHaveTheSame() {
    ReverseCase given = new ReverseCase();
    hold(given, "abcdef", "abc");
    given.source.append(BILLS, "xy");
    given.target.links.clear();
    given.target.links.add(describe(given.source.name, given, "bills"));
    Map<TopicPartition, SeededPartition> seams = plan(given, KEEP, "dr-back").partitions();
    assertThat(seams)
        .containsExactly(
            Map.entry(BILLS, new SeededPartition(BILLS, 0, 2, -1, 0, 2)),
            Map.entry(
                ReverseCase.ORDERS, new SeededPartition(ReverseCase.ORDERS, 13, 16, 23, 3, 3)));
  }

  @Test
  void whatRetentionHasRemovedBehindTheSeam_isNotCounted() {
    ReverseCase given = new ReverseCase();
    given.source.append(ReverseCase.ORDERS, "abcdef");
    given.source.starts.put(ReverseCase.ORDERS, 14L);
    Objects.requireNonNull(given.source.logs.get(ReverseCase.ORDERS)).headMap(14L).clear();
    assertThat(plan(given, KEEP, "dr-back").partitions().get(ReverseCase.ORDERS))
        .isEqualTo(new SeededPartition(ReverseCase.ORDERS, 10, 16, 20, 0, 2));
  }

  @Test
  void recordsAreResent_whereAnyHaveDiverged_andAreNotYet() {
    ReverseCase given = new ReverseCase();
    assertThat(plan(given, RESEND, "dr-back").resends()).isFalse();
    given.source.append(ReverseCase.ORDERS, "abc");
    assertThat(plan(given, RESEND, "dr-back").resends()).isTrue();
    assertThat(plan(given, KEEP, "dr-back").resends()).isFalse();
    beginResend(given, -1);
    assertThat(plan(given, RESEND, "dr-back").resends()).as("it goes on").isTrue();
    beginResend(given, 5);
    assertThat(plan(given, RESEND, "dr-back").resends()).as("it is done").isFalse();
  }
}
