; The installer for Windows. pack hands in VERSION (N.N.N), VERSION4 (N.N.N.N), PROGRAMS (folder of what goes in) and
; OUT. Data are in each user's %LOCALAPPDATA%\Minglu: nothing here writes or removes them.
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
LangString kept ${LANG_SIMPCHINESE} "录制的数据保留在各用户的 %LOCALAPPDATA%\Minglu 中。"
LangString kept ${LANG_ENGLISH} "Recordings stay in each user's %LOCALAPPDATA%\Minglu."
LangString package ${LANG_SIMPCHINESE} "明录证据包"
LangString package ${LANG_ENGLISH} "Minglu evidence package"

!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\Minglu"

; A recorder that runs holds its file: who can write to it disturbs nobody.
!macro RefuseWhileRecording
	${If} ${FileExists} "$INSTDIR\minglu-agent.exe"
		ClearErrors
		FileOpen $0 "$INSTDIR\minglu-agent.exe" a
		${If} ${Errors}
			MessageBox MB_OK|MB_ICONSTOP "$(busy)" /SD IDOK
			SetErrorLevel 3
			Quit
		${EndIf}
		FileClose $0
	${EndIf}
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
	SetOutPath "$INSTDIR"
	SetOverwrite on
	File "${PROGRAMS}\minglu.exe"
	File "${PROGRAMS}\minglu-agent.exe"
	File "${PROGRAMS}\minglu-desk.exe"
	File "${PROGRAMS}\minglu-verify.exe"
	File "${PROGRAMS}\minglu.ico"
	File "${PROGRAMS}\LICENSE.txt"
	File "${PROGRAMS}\THIRD-PARTY.txt"
	File "${PROGRAMS}\sbom.cdx.json"
	File "${PROGRAMS}\minglu-*.pdf"
	WriteUninstaller "$INSTDIR\uninstall.exe"
	CreateShortcut "$SMPROGRAMS\明录 Minglu.lnk" "$INSTDIR\minglu.exe" "" "$INSTDIR\minglu.ico" 0 SW_SHOWMINIMIZED
	WriteRegStr HKLM "Software\Minglu" "Folder" "$INSTDIR"
	WriteRegStr HKLM "Software\Minglu" "Version" "${VERSION}"
	WriteRegStr HKLM "Software\Classes\.minglu" "" "Minglu.Package"
	WriteRegStr HKLM "Software\Classes\Minglu.Package" "" "$(package)"
	WriteRegStr HKLM "Software\Classes\Minglu.Package\DefaultIcon" "" "$INSTDIR\minglu.ico"
	WriteRegStr HKLM "Software\Classes\Minglu.Package\shell\open\command" "" 'cmd.exe /k ""$INSTDIR\minglu-verify.exe" "%1""'
	WriteRegStr HKLM "${UNINSTALL}" "DisplayName" "明录 Minglu"
	WriteRegStr HKLM "${UNINSTALL}" "DisplayVersion" "${VERSION}"
	WriteRegStr HKLM "${UNINSTALL}" "DisplayIcon" "$INSTDIR\minglu.ico"
	WriteRegStr HKLM "${UNINSTALL}" "UninstallString" '"$INSTDIR\uninstall.exe"'
	WriteRegStr HKLM "${UNINSTALL}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
	WriteRegDWORD HKLM "${UNINSTALL}" "NoModify" 1
	WriteRegDWORD HKLM "${UNINSTALL}" "NoRepair" 1
SectionEnd

Section "Uninstall"
	SetShellVarContext all
	Delete "$INSTDIR\minglu.exe"
	Delete "$INSTDIR\minglu-agent.exe"
	Delete "$INSTDIR\minglu-desk.exe"
	Delete "$INSTDIR\minglu-verify.exe"
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
