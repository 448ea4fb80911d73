package dev.twinlog;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.conditions.ArchConditions.not;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import dev.twinlog.kafka.DataPath;
import dev.twinlog.kafka.TopicSelector;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Checks which packages may depend on which. */
final class RoomsTest {
  private static final String INTERNAL = "dev.twinlog.internal..";
  private static final String WIRE = "dev.twinlog.internal.kafka.wire..";

  /** Where users begin: it must create what implements it. */
  private static final DescribedPredicate<JavaClass> ENTRANCE =
      describe("is Replicator", (JavaClass c) -> c.getName().equals(Replicator.class.getName()));

  /** A tool for links, and no part of one: it gives users what the replicator gives them. */
  private static final DescribedPredicate<JavaClass> TOOLS =
      describe(
          "are the offline tools",
          (JavaClass c) ->
              c.getName().startsWith("dev.twinlog.kafka.KafkaLinks")
                  || c.getName().equals("dev.twinlog.kafka.MoveTool")
                  || c.getName().equals("dev.twinlog.kafka.ReverseTool"));

  private static final JavaClasses CORE =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.twinlog");

  private void holds(ArchRule rule) {
    rule.check(CORE);
  }

  @Test
  void spiIsALeaf() {
    holds(
        classes()
            .that()
            .resideInAPackage("dev.twinlog.spi..")
            .should()
            .onlyDependOnClassesThat(
                resideInAnyPackage(
                        "java..",
                        "org.jspecify..",
                        "dev.twinlog.spi..",
                        "org.apache.kafka.common.header..")
                    .or(
                        describe(
                            "are Kafka's public value types",
                            (JavaClass c) ->
                                c.getName().equals("org.apache.kafka.common.TopicPartition")
                                    || c.getName().equals("org.apache.kafka.common.Uuid"))))
            .because(
                "a plug-in author must be able to read it alone: move what needs more into an"
                    + " internal room and reach it through an interface"));
  }

  @Test
  void kafkaPartsDoNotKnowTheReplicator() {
    holds(
        noClasses()
            .that()
            .resideInAnyPackage("dev.twinlog.kafka..", "dev.twinlog.internal.kafka..")
            .and(DescribedPredicate.not(TOOLS))
            .should()
            .dependOnClassesThat(
                resideInAnyPackage(
                    "dev.twinlog", "dev.twinlog.internal.engine..", "dev.twinlog.internal.link.."))
            .because(
                "they are plug-ins like any other: what they need belongs into dev.twinlog.spi"));
  }

  @Test
  void engineDoesNotKnowKafkaParts() {
    holds(
        noClasses()
            .that()
            .resideInAnyPackage(
                "dev.twinlog.internal.engine..",
                "dev.twinlog.internal.options..",
                "dev.twinlog.internal.abilities..",
                "dev.twinlog.internal.progress..",
                "dev.twinlog.internal.offsets..",
                "dev.twinlog.internal.control..")
            .should()
            .dependOnClassesThat(
                resideInAnyPackage("dev.twinlog.kafka..", "dev.twinlog.internal.kafka.."))
            .because("it must run any source and sink: ask for an ability of dev.twinlog.spi"));
  }

  @Test
  void theToolsUseOnlyWhatUsersCanUse() {
    holds(
        noClasses()
            .that()
            .resideInAPackage("dev.twinlog.tools..")
            .should()
            .dependOnClassesThat(resideInAPackage(INTERNAL))
            .because("what an operator needs, a service needs as well: add it to KafkaLinks"));
  }

  @Test
  void theRoomsOfTheEngineKnowOnlyThoseBelowThem() {
    String engine = "dev.twinlog.internal.engine";
    holds(
        layeredArchitecture()
            .consideringOnlyDependenciesInAnyPackage(engine + "..")
            .layer("engine")
            .definedBy(engine)
            .layer("move")
            .definedBy(engine + ".move")
            .layer("sync")
            .definedBy(engine + ".sync")
            .layer("watch")
            .definedBy(engine + ".watch")
            .layer("letters")
            .definedBy(engine + ".letters")
            .layer("threads")
            .definedBy(engine + ".threads")
            .layer("partition")
            .definedBy(engine + ".partition")
            .layer("lane")
            .definedBy(engine + ".lane")
            .layer("recovery")
            .definedBy(engine + ".recovery")
            .layer("duty")
            .definedBy(engine + ".duty")
            .layer("shared")
            .definedBy(engine + ".shared")
            .layer("ownership")
            .definedBy(engine + ".ownership")
            .layer("agent")
            .definedBy(engine + ".agent")
            .whereLayer("engine")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("move")
            .mayOnlyBeAccessedByLayers("engine")
            .whereLayer("sync")
            .mayOnlyBeAccessedByLayers("engine", "move")
            .whereLayer("watch")
            .mayOnlyBeAccessedByLayers("engine")
            .whereLayer("letters")
            .mayOnlyBeAccessedByLayers("engine")
            .whereLayer("threads")
            .mayOnlyBeAccessedByLayers("engine")
            .whereLayer("partition")
            .mayOnlyBeAccessedByLayers("engine", "watch", "letters")
            .whereLayer("lane")
            .mayOnlyBeAccessedByLayers("engine", "watch", "threads", "partition")
            .whereLayer("recovery")
            .mayOnlyBeAccessedByLayers("engine", "watch", "move", "partition", "lane")
            .whereLayer("duty")
            .mayOnlyBeAccessedByLayers(
                "engine", "watch", "letters", "threads", "sync", "partition", "lane")
            .whereLayer("ownership")
            .mayOnlyBeAccessedByLayers("engine", "watch", "move", "partition", "sync", "shared")
            .ensureAllClassesAreContainedInArchitectureIgnoring(
                DescribedPredicate.not(resideInAPackage(engine + "..")))
            .because("what runs a link is built from the bottom up: pass in what is above"));
  }

  @Test
  void packagesFormNoCircle() {
    holds(
        slices()
            .matching("dev.(**)")
            .should()
            .beFreeOfCycles()
            // the public entrance creates what implements it, and nothing else of that package
            .ignoreDependency(ENTRANCE, resideInAPackage("dev.twinlog.internal.link"))
            // public values of public signatures; they depend on nothing of that package
            .ignoreDependency(ReplicatorStatus.class, DataPath.class)
            .ignoreDependency(Replicator.class, TopicSelector.class)
            .ignoreDependency(ReplicationListener.class, TopicSelector.class)
            .ignoreDependency(VerifyOptions.class, TopicSelector.class)
            .ignoreDependency(ReverseOptions.class, TopicSelector.class)
            .ignoreDependency(SwitchoverOptions.class, TopicSelector.class)
            .ignoreDependency(FailoverOptions.class, TopicSelector.class)
            .because(
                "one can't be read, tested or moved without the other: pass in what it needs"));
  }

  @Test
  void onlyTheEntranceUsesTheRoomOfLinks() {
    holds(
        noClasses()
            .that()
            .resideOutsideOfPackage("dev.twinlog.internal.link..")
            .and(DescribedPredicate.not(ENTRANCE))
            .should()
            .dependOnClassesThat(resideInAPackage("dev.twinlog.internal.link.."))
            .because("it is above all other packages: move what they need below them"));
  }

  @Test
  void smallRoomsDoNotKnowTheEngine() {
    holds(
        noClasses()
            .that()
            .resideInAnyPackage(
                "dev.twinlog.internal.progress..",
                "dev.twinlog.internal.offsets..",
                "dev.twinlog.internal.control..",
                "dev.twinlog.internal.status..",
                "dev.twinlog.internal.options..",
                "dev.twinlog.internal.abilities..",
                "dev.twinlog.internal.names..",
                "dev.twinlog.internal.batch..")
            .should()
            .dependOnClassesThat(resideInAPackage("dev.twinlog.internal.engine.."))
            .because("the engine uses them: pass in what they need"));
  }

  @Test
  void onlyTheWireRoomUsesInsidesOfKafkaClients() {
    holds(
        noClasses()
            .that()
            .resideOutsideOfPackage(WIRE)
            .should()
            .dependOnClassesThat(
                resideInAnyPackage(
                    "org.apache.kafka..internals..",
                    "org.apache.kafka.common.compress..",
                    "org.apache.kafka.common.message..",
                    "org.apache.kafka.common.network..",
                    "org.apache.kafka.common.protocol..",
                    "org.apache.kafka.common.record..",
                    "org.apache.kafka.common.requests..",
                    "org.apache.kafka.common.utils.."))
            .because("they change between releases: go through the public clients, or " + WIRE));
  }

  @Test
  void theTwoPathsDoNotKnowEachOther() {
    mayNotUse("internal.kafka.records..", "internal.kafka.wire..");
    mayNotUse("internal.kafka.wire..", "internal.kafka.records..");
  }

  @Test
  void theBatchPathIsBuiltUpwards() {
    mayNotUse("internal.kafka.wire.message..", "internal.kafka.wire.net..");
    mayNotUse("internal.kafka.wire.[message|net|ledger|write]..", "internal.kafka.wire.read..");
    mayNotUse("internal.kafka.wire.[message|net|read]..", "internal.kafka.wire.ledger..");
    mayNotUse("internal.kafka.wire.[message|net|read|ledger]..", "internal.kafka.wire.write..");
  }

  @Test
  void theLedgerAndTheWritersMeetInSessions() {
    mayNotUse("internal.kafka.wire.write..", "internal.kafka.wire.ledger");
    mayNotUse("internal.kafka.wire.write..", "internal.kafka.wire.ledger.request");
    mayNotUse("internal.kafka.wire.ledger.[rules|request|session]", "internal.kafka.wire.ledger");
    mayNotUse("internal.kafka.wire.ledger.[rules|session]", "internal.kafka.wire.ledger.request");
    mayNotUse("internal.kafka.wire.write.[batch|identity]", "internal.kafka.wire.write");
    mayNotUse("internal.kafka.wire.write.batch", "internal.kafka.wire.write.identity");
  }

  @Test
  void theRoomsOfTheRecordPathMeetInRecordPath() {
    mayNotUse("internal.kafka.records.[read|idempotent|common]..", "internal.kafka.records");
    mayNotUse("internal.kafka.records.read", "internal.kafka.records.[idempotent|transactional]");
    mayNotUse("internal.kafka.records.idempotent", "internal.kafka.records.[read|transactional]");
    mayNotUse("internal.kafka.records.transactional", "internal.kafka.records.[read|idempotent]");
  }

  private void mayNotUse(String room, String other) {
    holds(
        noClasses()
            .that()
            .resideInAPackage("dev.twinlog." + room)
            .should()
            .dependOnClassesThat(resideInAPackage("dev.twinlog." + other))
            .because("the list of packages in core/README.md has it so: pass in what is needed"));
  }

  @Test
  void coreKnowsNoMetricsLibraryTestkitOrServer() {
    holds(
        noClasses()
            .should()
            .dependOnClassesThat(
                resideInAnyPackage(
                    "io.micrometer..",
                    "dev.twinlog.metrics..",
                    "dev.twinlog.testkit..",
                    "kafka..",
                    "org.apache.kafka.server..",
                    "org.apache.kafka.metadata.."))
            .because("core is what users embed: use LinkMetrics, or another module"));
  }

  @Test
  void publicSignaturesMentionNothingInternal() {
    holds(
        methods()
            .that()
            .arePublic()
            .and()
            .areDeclaredInClassesThat()
            .resideInAnyPackage("dev.twinlog", "dev.twinlog.spi..", "dev.twinlog.kafka..")
            .and()
            .areDeclaredInClassesThat()
            .arePublic()
            .should(not(mentionInternals()))
            .because("users compile against them: hide it behind a public type"));
  }

  private static ArchCondition<JavaMethod> mentionInternals() {
    return new ArchCondition<>("mention a type of " + INTERNAL) {
      @Override
      public void check(JavaMethod method, ConditionEvents events) {
        boolean mentioned =
            Stream.concat(
                    Stream.of(method.getRawReturnType()), method.getRawParameterTypes().stream())
                .anyMatch(type -> type.getPackageName().startsWith("dev.twinlog.internal"));
        events.add(new SimpleConditionEvent(method, mentioned, method.getFullName()));
      }
    };
  }
}
