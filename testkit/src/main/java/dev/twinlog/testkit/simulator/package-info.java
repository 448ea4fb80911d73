/**
 * The simulator: links under faults, in virtual time, one seed after the other. The engine, the
 * ledger and the writers are the real ones and are driven step by step; what they write into is a
 * {@linkplain dev.twinlog.testkit.simulator.model model} of Kafka, and what they keep their
 * progress in a model of the owner's transactions.
 *
 * <ul>
 *   <li>{@link dev.twinlog.testkit.simulator.Simulator}: the command
 *   <li>{@code Simulation}: one seed, from its first step to the last check
 *   <li>{@code Scenario}: what a seed is about
 *   <li>{@code Disturbances}: the faults; {@code CompoundFaultInjector}: series of them
 *   <li>{@code SourceTruth}, {@code TargetTruth}: what the target should hold, and what it holds
 *   <li>{@code StatusCheck}: whether the status says how things are
 * </ul>
 */
@NullMarked
package dev.twinlog.testkit.simulator;

import org.jspecify.annotations.NullMarked;
