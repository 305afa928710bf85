; The installer for Windows. pack hands in VERSION (N.N.N), VERSION4 (N.N.N.N), PROGRAMS (folder of what goes in) and
; OUT. Data are in each user's %LOCALAPPDATA%\Minglu: nothing here writes or removes them.
;
; The programs of a release lie in a folder of their own, and minglu.cmd says which folder is in use. An upgrade fills a
; new folder, tries its program, turns minglu.cmd over by one renaming, and only then removes the old folder: wherever
; it is cut off, the old release or the new one is there, whole. The next run clears away what a cut left.
Unicode true
Target amd64-unicode
!include MUI2.nsh
!include LogicLib.nsh
!include FileFunc.nsh
!include WordFunc.nsh

Name "明录 Minglu"
OutFile "${OUT}"
InstallDir "$PROGRAMFILES64\Minglu"
InstallDirRegKey HKLM "Software\Minglu" "Folder"
RequestExecutionLevel admin
SetCompressor /SOLID lzma
SetDateSave off
CRCCheck force
ManifestDPIAware true
BrandingText "Minglu ${VERSION}"
VIProductVersion "${VERSION4}"
VIAddVersionKey /LANG=1033 "ProductName" "Minglu"
VIAddVersionKey /LANG=1033 "ProductVersion" "${VERSION}"
VIAddVersionKey /LANG=1033 "FileVersion" "${VERSION}"
VIAddVersionKey /LANG=1033 "FileDescription" "Minglu setup"
VIAddVersionKey /LANG=1033 "LegalCopyright" "Apache-2.0"

!define MUI_ICON "${PROGRAMS}\minglu.ico"
!define MUI_UNICON "${PROGRAMS}\minglu.ico"
!insertmacro MUI_PAGE_LICENSE "${PROGRAMS}\LICENSE.txt"
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "SimpChinese"
!insertmacro MUI_LANGUAGE "English"

LangString busy ${LANG_SIMPCHINESE} "可能正在录制。请先结束并封存录制、关闭窗口，再安装或卸载。本机没有任何改动。"
LangString busy ${LANG_ENGLISH} "A recording may be under way. Stop and seal it and close the window, then try again. Nothing was changed."
LangString newer ${LANG_SIMPCHINESE} "已装的版本比 ${VERSION} 新。旧程序读不了新数据；确需退回请加 /OLDER。本机没有任何改动。"
LangString newer ${LANG_ENGLISH} "A newer version than ${VERSION} is installed. Older programs cannot read newer data; add /OLDER if you must go back. Nothing was changed."
LangString broken ${LANG_SIMPCHINESE} "新程序没有装好（磁盘已满，或被安全软件拦下）。原来的版本没有改动，仍可使用。"
LangString broken ${LANG_ENGLISH} "The new programs could not be put in place (a full disk, or security software). The release before is unchanged and works."
LangString kept ${LANG_SIMPCHINESE} "录制的数据保留在各用户的 %LOCALAPPDATA%\Minglu 中。"
LangString kept ${LANG_ENGLISH} "Recordings stay in each user's %LOCALAPPDATA%\Minglu."
LangString package ${LANG_SIMPCHINESE} "明录证据包"
LangString package ${LANG_ENGLISH} "Minglu evidence package"

!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\Minglu"

; A recorder that runs holds its file: who can write to it disturbs nobody. $R0 is the folder of programs.
!macro RefuseWhileRecording
	FindFirst $R1 $R0 "$INSTDIR\*"
	${DoWhile} $R0 != ""
		${If} ${FileExists} "$INSTDIR\$R0\minglu-agent.exe"
			ClearErrors
			FileOpen $0 "$INSTDIR\$R0\minglu-agent.exe" a
			${If} ${Errors}
				MessageBox MB_OK|MB_ICONSTOP "$(busy)" /SD IDOK
				SetErrorLevel 3
				Quit
			${EndIf}
			FileClose $0
		${EndIf}
		FindNext $R1 $R0
	${Loop}
	FindClose $R1
!macroend

; Put a program on the disk, so that a power cut after this cannot empty it.
!macro Flush NAME
	ClearErrors
	FileOpen $0 "$OUTDIR\${NAME}" a
	${IfNot} ${Errors}
		System::Call 'kernel32::FlushFileBuffers(p r0)'
		FileClose $0
	${EndIf}
!macroend

; Write a command file that starts a program of the new folder.
!macro Draft NAME WAIT
	FileOpen $0 "$INSTDIR\${NAME}.new" w
	FileWrite $0 '@"%~dp0$R9\${NAME}.exe" %*$\r$\n${WAIT}'
	System::Call 'kernel32::FlushFileBuffers(p r0)'
	FileClose $0
!macroend

; Put it in the place of the old one at once: 1 replaces what is there, 8 answers when it is on the disk.
!macro Turn NAME
	System::Call 'kernel32::MoveFileExW(w "$INSTDIR\${NAME}.new", w "$INSTDIR\${NAME}.cmd", i 9) i .r0'
	${If} $0 = 0
		Goto unturned
	${EndIf}
!macroend

; Remove the folders of programs, N.N.N or N.N.N-N, but the one named in $R9; also empty ones, which a cut left.
!macro ClearOthers
	FindFirst $R1 $R0 "$INSTDIR\*"
	${DoWhile} $R0 != ""
		StrCpy $R7 $R0 1 1
		${If} $R7 == "."
		${AndIf} $R0 != ".."
		${AndIf} $R0 != "$R9"
			${If} ${FileExists} "$INSTDIR\$R0\minglu*.exe"
				RMDir /r "$INSTDIR\$R0"
			${Else}
				RMDir "$INSTDIR\$R0"
			${EndIf}
		${EndIf}
		FindNext $R1 $R0
	${Loop}
	FindClose $R1
!macroend

Function .onInit
	SetRegView 64
	!insertmacro RefuseWhileRecording
	ReadRegStr $1 HKLM "Software\Minglu" "Version"
	${GetParameters} $3
	ClearErrors
	${GetOptions} $3 "/OLDER" $4
	${If} ${Errors}
	${AndIf} $1 != ""
		${VersionCompare} "$1" "${VERSION}" $2
		${If} $2 = 1
			MessageBox MB_OK|MB_ICONSTOP "$(newer)" /SD IDOK
			SetErrorLevel 4
			Quit
		${EndIf}
	${EndIf}
FunctionEnd

Function un.onInit
	SetRegView 64
	!insertmacro RefuseWhileRecording
FunctionEnd

Section
	SetShellVarContext all
	; a folder that is not there yet: the same release may be installed again
	StrCpy $R9 "${VERSION}"
	StrCpy $R8 1
	${While} ${FileExists} "$INSTDIR\$R9\*.*"
		IntOp $R8 $R8 + 1
		StrCpy $R9 "${VERSION}-$R8"
	${EndWhile}
	SetOverwrite on
	ClearErrors
	SetOutPath "$INSTDIR\$R9"
	File "${PROGRAMS}\minglu.exe"
	File "${PROGRAMS}\minglu-agent.exe"
	File "${PROGRAMS}\minglu-desk.exe"
	File "${PROGRAMS}\minglu-verify.exe"
	${If} ${Errors}
		Goto broken
	${EndIf}
	!insertmacro Flush "minglu.exe"
	!insertmacro Flush "minglu-agent.exe"
	!insertmacro Flush "minglu-desk.exe"
	!insertmacro Flush "minglu-verify.exe"
	nsExec::Exec '"$INSTDIR\$R9\minglu.exe" --version'
	Pop $0
	${If} $0 != 0
		Goto broken
	${EndIf}
	SetOutPath "$INSTDIR"
	File "${PROGRAMS}\minglu.ico"
	File "${PROGRAMS}\LICENSE.txt"
	File "${PROGRAMS}\THIRD-PARTY.txt"
	File "${PROGRAMS}\sbom.cdx.json"
	File "${PROGRAMS}\minglu-*.pdf"
	!insertmacro Draft "minglu-verify" "@pause$\r$\n"
	!insertmacro Draft "minglu" ""
	!insertmacro Turn "minglu-verify"
	!insertmacro Turn "minglu"
	WriteUninstaller "$INSTDIR\uninstall.exe"
	CreateShortcut "$SMPROGRAMS\明录 Minglu.lnk" "$INSTDIR\minglu.cmd" "" "$INSTDIR\minglu.ico" 0 SW_SHOWMINIMIZED
	WriteRegStr HKLM "Software\Minglu" "Folder" "$INSTDIR"
	WriteRegStr HKLM "Software\Minglu" "Version" "${VERSION}"
	WriteRegStr HKLM "Software\Classes\.minglu" "" "Minglu.Package"
	WriteRegStr HKLM "Software\Classes\Minglu.Package" "" "$(package)"
	WriteRegStr HKLM "Software\Classes\Minglu.Package\DefaultIcon" "" "$INSTDIR\minglu.ico"
	WriteRegStr HKLM "Software\Classes\Minglu.Package\shell\open\command" "" '"$INSTDIR\minglu-verify.cmd" "%1"'
	WriteRegStr HKLM "${UNINSTALL}" "DisplayName" "明录 Minglu"
	WriteRegStr HKLM "${UNINSTALL}" "DisplayVersion" "${VERSION}"
	WriteRegStr HKLM "${UNINSTALL}" "DisplayIcon" "$INSTDIR\minglu.ico"
	WriteRegStr HKLM "${UNINSTALL}" "UninstallString" '"$INSTDIR\uninstall.exe"'
	WriteRegStr HKLM "${UNINSTALL}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
	WriteRegDWORD HKLM "${UNINSTALL}" "NoModify" 1
	WriteRegDWORD HKLM "${UNINSTALL}" "NoRepair" 1
	!insertmacro ClearOthers
	; as releases before 0.1.329 lay
	Delete "$INSTDIR\minglu.exe"
	Delete "$INSTDIR\minglu-agent.exe"
	Delete "$INSTDIR\minglu-desk.exe"
	Delete "$INSTDIR\minglu-verify.exe"
	Return
	broken:
	SetOutPath "$INSTDIR"
	RMDir /r "$INSTDIR\$R9"
	unturned: ; one of the two may be turned already: both folders stay until the next run
	MessageBox MB_OK|MB_ICONSTOP "$(broken)" /SD IDOK
	SetErrorLevel 5
	Quit
SectionEnd

Section "Uninstall"
	SetShellVarContext all
	Delete "$INSTDIR\minglu.cmd" ; first: nothing starts what is half removed
	Delete "$INSTDIR\minglu-verify.cmd"
	Delete "$INSTDIR\*.new"
	StrCpy $R9 ""
	!insertmacro ClearOthers
	Delete "$INSTDIR\minglu.ico"
	Delete "$INSTDIR\LICENSE.txt"
	Delete "$INSTDIR\THIRD-PARTY.txt"
	Delete "$INSTDIR\sbom.cdx.json"
	Delete "$INSTDIR\minglu-*.pdf"
	Delete "$INSTDIR\uninstall.exe"
	RMDir "$INSTDIR"
	Delete "$SMPROGRAMS\明录 Minglu.lnk"
	DeleteRegKey HKLM "Software\Classes\.minglu"
	DeleteRegKey HKLM "Software\Classes\Minglu.Package"
	DeleteRegKey HKLM "${UNINSTALL}"
	DeleteRegKey HKLM "Software\Minglu"
	MessageBox MB_OK|MB_ICONINFORMATION "$(kept)" /SD IDOK
SectionEnd
