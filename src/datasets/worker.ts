import { workerData } from "node:worker_threads";
import { answerInWorker } from "../worker_answer.ts";
import { readDatasets } from "./read.ts";

const { folders } = workerData as { folders: string[] };
answerInWorker(readDatasets(folders));
